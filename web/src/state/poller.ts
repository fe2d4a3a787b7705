import { ApiError, isAbort } from '../api'

/** Pauses after failures, in ms; the last one repeats. */
const BACKOFF = [2000, 4000, 8000, 15000]

const TIMEOUT_MS = 30_000

interface Work {
  /** One refresh. Throws when it fails. */
  run(signal: AbortSignal): Promise<void>
  /** Told of a failure; says whether to try again by itself. */
  failed(error: unknown): boolean
  /** Whether to refresh again after a success. */
  repeats(): boolean
}

/**
 * Runs one refresh after another, never two at once, with a pause between; rests while the tab is
 * hidden. A slow server is therefore asked less often rather than flooded.
 */
export class Poller {
  private running: AbortController | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private failures = 0
  private due = false

  constructor(
    private readonly work: Work,
    private readonly pauseMs: number,
  ) {
    document.addEventListener('visibilitychange', this.onVisibility)
  }

  /** Refreshes now; a refresh under way is dropped, since it answers an older question. */
  kick(): void {
    clearTimeout(this.timer)
    this.running?.abort()
    void this.refresh()
  }

  stop(): void {
    clearTimeout(this.timer)
    this.running?.abort()
    this.running = null
    document.removeEventListener('visibilitychange', this.onVisibility)
  }

  private async refresh(): Promise<void> {
    const controller = new AbortController()
    this.running = controller
    this.due = false
    const tooLong = setTimeout(() => {
      controller.abort(new ApiError(0, 'The server takes too long to answer.'))
    }, TIMEOUT_MS)
    try {
      await this.work.run(controller.signal)
      if (this.running !== controller) return
      this.failures = 0
      if (this.work.repeats()) this.schedule(this.pauseMs)
    } catch (error) {
      if (this.running !== controller || isAbort(error)) return
      const pause = BACKOFF[Math.min(this.failures++, BACKOFF.length - 1)]!
      if (this.work.failed(error)) this.schedule(pause)
    } finally {
      clearTimeout(tooLong)
    }
  }

  private schedule(pauseMs: number): void {
    if (document.hidden) this.due = true
    else this.timer = setTimeout(() => void this.refresh(), pauseMs)
  }

  private readonly onVisibility = (): void => {
    if (document.hidden) {
      // A refresh under way ends; the next one waits until somebody looks.
      if (this.timer !== undefined) this.due = true
      clearTimeout(this.timer)
      this.timer = undefined
    } else if (this.due) {
      this.kick()
    }
  }
}
