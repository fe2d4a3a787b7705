import { ApiError, isAbort } from '../api'
import { Poller } from '../state/poller'
import { MINUTE } from '../time'
import {
  messageOf,
  type Ledger,
  type OperatorApi,
  type PartitionFreshness,
  type Status,
  type Storage,
} from './api'

export const MINUTES_SHOWN = 60
const REFRESH_MS = 2000
const STATUS_MS = 8000
/** Measuring takes the server seconds when there is much. */
const STORAGE_MS = 60_000

/** Something that is asked for less often than the rest, and may fail alone. */
interface Slow<T> {
  value: T | null
  /** Why there is none, or no newer one; else empty. */
  problem: string
}

interface Options {
  api: OperatorApi
  /** Called when the server no longer accepts the session. */
  refused: (message: string) => void
}

/** How the pipeline is, again and again. All that is on the screen comes from one refresh. */
export class Health {
  freshness = $state.raw<PartitionFreshness | null>(null)
  ledger = $state.raw<Ledger | null>(null)
  status = $state.raw<Slow<Status>>({ value: null, problem: '' })
  storage = $state.raw<Slow<Storage>>({ value: null, problem: '' })
  error = $state.raw<ApiError | null>(null)
  /** When the numbers were fetched; null before the first ones. */
  at = $state<number | null>(null)

  private statusAt = 0
  private storageAt = 0
  private readonly stopped = new AbortController()
  private readonly poller: Poller

  constructor(private readonly options: Options) {
    this.poller = new Poller(
      {
        run: (signal) => this.refresh(signal),
        failed: (error) => this.failed(error),
        repeats: () => true,
      },
      REFRESH_MS,
    )
  }

  refreshNow(): void {
    this.poller.kick()
  }

  stop(): void {
    this.poller.stop()
    this.stopped.abort()
  }

  private async refresh(signal: AbortSignal): Promise<void> {
    const { api } = this.options
    const now = Date.now() + api.api.clockOffset
    const end = Math.floor(now / MINUTE) * MINUTE + MINUTE
    // Freshness first: the ledger that comes after it holds at least as much.
    const freshness = await api.freshness(signal)
    const [ledger, status] = await Promise.all([
      api.ledger(end - (MINUTES_SHOWN + 1) * MINUTE, end, signal),
      now - this.statusAt > STATUS_MS ? this.slow(this.status, api.status(signal)) : null,
    ])
    if (signal.aborted) return
    this.freshness = freshness
    this.ledger = ledger
    if (status) {
      this.status = status
      this.statusAt = now
    }
    this.error = null
    this.at = now
    if (now - this.storageAt > STORAGE_MS) {
      this.storageAt = now
      void this.measure()
    }
  }

  /** Beside the rest, which must not wait for it. */
  private async measure(): Promise<void> {
    const { signal } = this.stopped
    try {
      this.storage = await this.slow(this.storage, this.options.api.storage(signal))
    } catch (error) {
      // Signed out, or the page was left: the other calls find out, or nobody cares.
      if (!isAbort(error) && !(error instanceof ApiError)) throw error
    }
  }

  private async slow<T>(before: Slow<T>, asked: Promise<T>): Promise<Slow<T>> {
    try {
      return { value: await asked, problem: '' }
    } catch (error) {
      if (isAbort(error) || (error instanceof ApiError && error.status === 401)) throw error
      return { value: before.value, problem: messageOf(error) }
    }
  }

  private failed(error: unknown): boolean {
    if (!(error instanceof ApiError)) {
      console.error(error)
      this.error = new ApiError(500, 'The dashboard could not make sense of the answer.')
      return true
    }
    if (error.status === 401) {
      this.options.refused('This key is no longer accepted. Sign in with another one.')
      return false
    }
    this.error = error
    return error.retriable
  }
}
