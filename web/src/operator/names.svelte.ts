import { isAbort, type Api } from '../api'
import { CatalogIndex } from '../catalog'
import { messageOf } from './api'

const EMPTY = { advertisers: [], campaigns: [], ad_groups: [], creatives: [] }
const REFRESH_MS = 30_000

/** The catalog, which others may change meanwhile. */
export class Names {
  index = $state.raw(new CatalogIndex(EMPTY))
  loaded = $state(false)
  /** Why it could not be read; else empty. */
  problem = $state('')

  private readonly stopped = new AbortController()
  private readonly timer: ReturnType<typeof setInterval>

  constructor(private readonly api: Api) {
    void this.refresh()
    this.timer = setInterval(() => {
      if (!document.hidden) void this.refresh()
    }, REFRESH_MS)
  }

  async refresh(): Promise<void> {
    try {
      this.index = new CatalogIndex(await this.api.catalog(this.stopped.signal))
      this.loaded = true
      this.problem = ''
    } catch (error) {
      if (!isAbort(error)) this.problem = messageOf(error)
    }
  }

  stop(): void {
    clearInterval(this.timer)
    this.stopped.abort()
  }
}
