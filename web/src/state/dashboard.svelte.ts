import { ApiError, type Api, type Freshness } from '../api'
import { CatalogIndex } from '../catalog'
import { isCatalogDimension } from '../dimensions'
import { OPTIONAL, type MetricId } from '../metrics'
import { Comparison } from './comparison'
import { Poller } from './poller'
import {
  breakdownQuery,
  EXPORT_LIMIT,
  searchFilters,
  seriesQuery,
  tableQuery,
  type Asked,
} from './queries'
import { resolve, type Period, type Span } from './range'
import { whyNoReach } from './reach'
import type { TableRow } from './rows'
import { comparedRows, toSnapshot, type Reports, type Snapshot } from './snapshot'
import { DEFAULT_VIEW, type Filters, type View } from './url'

export const REFRESH_MS = 2000
const CATALOG_MS = 30_000
const UNNAMED_MS = 10_000

interface Options {
  api: Api
  view: () => View
  /** Called when the server no longer accepts the key. */
  refused: (message: string) => void
}

/** Fetches what the view asks for, again and again while it is live. */
export class Dashboard {
  catalog = $state.raw(
    new CatalogIndex({ advertisers: [], campaigns: [], ad_groups: [], creatives: [] }),
  )
  freshness = $state.raw<Freshness | null>(null)
  snapshot = $state.raw<Snapshot | null>(null)
  error = $state.raw<ApiError | null>(null)

  /** Whether the table without a search has more rows than are fetched. */
  private tooManyRows = $state(false)
  /** The metrics that not every server has and this one does; null before it was asked. */
  private extra = $state.raw<ReadonlySet<MetricId> | null>(null)
  /** A scope that the server has no reach of, and why. */
  private reachRefusal = $state.raw<{ scope: string; reason: string } | null>(null)
  private catalogAt = 0
  private readonly comparison: Comparison
  private readonly poller: Poller

  constructor(private readonly options: Options) {
    this.comparison = new Comparison(options.api)
    this.poller = new Poller(
      {
        run: (signal) => this.refresh(signal),
        failed: (error) => this.failed(error),
        repeats: () => this.isLive(),
      },
      REFRESH_MS,
    )
  }

  /** The view without what this server cannot tell, or not of this time. */
  get view(): View {
    const view = this.options.view()
    const columns = view.columns.filter((id) => this.isThere(id))
    const { by } = view.sort
    const known = by === 'name' || this.isThere(by)
    if (known && columns.length === view.columns.length) return view
    return {
      ...view,
      columns: columns.length ? columns : DEFAULT_VIEW.columns,
      sort: known ? view.sort : DEFAULT_VIEW.sort,
    }
  }

  has(id: MetricId): boolean {
    return !OPTIONAL.has(id) || (this.extra?.has(id) ?? false)
  }

  /** Why a metric that the server has is not to be had in this view; empty when it is. */
  whyNot(id: MetricId): string {
    if (id !== 'reach') return ''
    const view = this.options.view()
    const refused = this.reachRefusal?.scope === scopeKey(view) ? this.reachRefusal.reason : ''
    return refused || whyNoReach(view, this.resolve(view))
  }

  private isThere(id: MetricId): boolean {
    return this.has(id) && !this.whyNot(id)
  }

  /** The server's time. */
  now(): number {
    return Date.now() + this.options.api.clockOffset
  }

  /** Whether new numbers can still come into the chosen time. */
  isOpen(): boolean {
    const { to } = this.resolve(this.view)
    const completeTo = Date.parse(this.freshness?.complete_to ?? '')
    return to > Math.min(this.now(), Number.isNaN(completeTo) ? Infinity : completeTo)
  }

  isLive(): boolean {
    return this.view.live && this.isOpen()
  }

  refreshNow(): void {
    this.poller.kick()
  }

  stop(): void {
    this.poller.stop()
  }

  /** Whether the numbers on the screen still belong to the range or filters chosen before. */
  isStale(): boolean {
    const shown = this.snapshot?.view
    return shown !== undefined && scopeKey(shown) !== scopeKey(this.view)
  }

  /** Changes exactly when the view needs other numbers. */
  requestKey(): string {
    const v = this.view
    return JSON.stringify([scopeKey(v), v.columns, v.sort, this.searchFilters(v), v.live])
  }

  /** All rows of the table, also those beyond what the screen can hold. */
  async allRows(): Promise<TableRow[]> {
    const { snapshot } = this
    if (snapshot && !snapshot.truncated && !this.isStale()) return snapshot.rows
    const asked = this.asked()
    const { previous } = asked.period
    const all = (span: Span) =>
      this.options.api.report({ ...tableQuery(asked, span), limit: EXPORT_LIMIT })
    const [now, then] = await Promise.all([
      all(asked.period),
      previous && snapshot?.before ? all(previous) : null,
    ])
    return comparedRows(asked.view, now, then, this.catalog, snapshot)
  }

  private async refresh(signal: AbortSignal): Promise<void> {
    const { api } = this.options
    // The names and the time zone are needed before the first report can be asked for.
    if (this.now() - this.catalogAt > CATALOG_MS) {
      const [catalog, metrics] = await Promise.all([
        api.catalog(signal),
        this.extra ? null : api.metrics(signal),
      ])
      this.catalog = new CatalogIndex(catalog)
      if (metrics) this.extra = new Set([...OPTIONAL].filter((id) => metrics.has(id)))
      this.catalogAt = this.now()
    }
    const asked = this.asked()
    const [freshness, reports] = await Promise.all([
      api.freshness(signal),
      this.reports(asked, signal),
    ]).catch((error: unknown) => {
      if (!this.isWithoutReach(error, asked.view)) throw error
      return [null, null] as const
    })
    if (signal.aborted) return
    if (!reports) return this.refresh(signal)
    this.freshness = freshness
    if (!this.searchFilters(asked.view)) this.tooManyRows = reports.table.truncated
    this.snapshot = toSnapshot(asked, reports, this.catalog, this.now())
    this.error = null
    this.hurryForNames(this.snapshot)
  }

  private async reports(asked: Asked, signal: AbortSignal): Promise<Reports> {
    const { api } = this.options
    const { previous } = asked.period
    const filters = this.searchFilters(asked.view) ?? asked.view.filters
    const [series, table, devices, countries, earlier] = await Promise.all([
      api.report(seriesQuery(asked, asked.period), signal),
      api.report(tableQuery(asked, asked.period, filters), signal),
      api.report(breakdownQuery(asked, 'device'), signal),
      api.report(breakdownQuery(asked, 'country'), signal),
      previous &&
        this.comparison.fetch(
          seriesQuery(asked, previous),
          tableQuery(asked, previous, filters),
          signal,
        ),
    ])
    const comparisonProblem = previous ? this.comparison.problem : ''
    return { series, table, devices, countries, earlier, comparisonProblem }
  }

  /**
   * How long the server keeps reach is not known here. Where it has none any more, the view does
   * without.
   */
  private isWithoutReach(error: unknown, view: View): boolean {
    const asked = view.columns.includes('reach') || view.sort.by === 'reach'
    if (!asked || !(error instanceof ApiError) || error.status !== 400) return false
    if (!/\breach\b/i.test(error.message)) return false
    this.reachRefusal = { scope: scopeKey(view), reason: error.message }
    return true
  }

  private asked(): Asked {
    const { view } = this
    return { view, period: this.resolve(view), zone: this.catalog.timeZone }
  }

  private resolve({ range, compare, zoom }: View): Period {
    return resolve(range, this.now(), this.catalog.timeZone, compare, zoom)
  }

  private searchFilters(view: View): Filters | null {
    return this.tooManyRows ? searchFilters(view, this.catalog) : null
  }

  /** A campaign that was made a moment ago should not stay a number for long. */
  private hurryForNames({ view, rows }: Snapshot): void {
    const { dimension } = view
    if (!isCatalogDimension(dimension)) return
    const unnamed = rows.some(
      (r) => this.catalog.name(dimension, r.values.at(-1)!.value) === undefined,
    )
    if (unnamed) this.catalogAt = Math.min(this.catalogAt, this.now() - CATALOG_MS + UNNAMED_MS)
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

function scopeKey(v: View): string {
  return JSON.stringify([v.range, v.zoom, v.compare, v.dimension, v.filters])
}
