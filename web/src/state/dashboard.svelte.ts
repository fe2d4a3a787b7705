import { ApiError, type Api, type Freshness, type Report, type ReportQuery } from '../api'
import { CatalogIndex } from '../catalog'
import { dimensionOf, isCatalogDimension } from '../dimensions'
import { HEADLINE, type MetricId } from '../metrics'
import { Poller } from './poller'
import { resolve, type Period } from './range'
import { toRows, type TableRow } from './rows'
import { changeOf, toSeries, type Series } from './series'
import { filterParams, type Filters, type View } from './url'

export const REFRESH_MS = 2000
const CATALOG_MS = 30_000
const UNNAMED_MS = 10_000
const ROW_LIMIT = 1000
const SEARCH_LIMIT = 300

/** One consistent set of numbers: everything on the screen comes from the same refresh. */
export interface Snapshot {
  view: View
  period: Period
  series: Series
  totals: Partial<Record<MetricId, number | null>>
  changes: Partial<Record<MetricId, number | null>>
  rows: TableRow[]
  rowTotals: Partial<Record<MetricId, number | null>>
  /** Whether there are more rows than were fetched. */
  truncated: boolean
  currency: string | undefined
  at: number
}

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
  private catalogAt = 0
  private previous: { key: string; report: Report } | null = null
  private readonly poller: Poller

  constructor(private readonly options: Options) {
    this.poller = new Poller(
      {
        run: (signal) => this.refresh(signal),
        failed: (error) => this.failed(error),
        repeats: () => this.isLive(),
      },
      REFRESH_MS,
    )
  }

  /** The server's time. */
  now(): number {
    return Date.now() + this.options.api.clockOffset
  }

  /** Whether the numbers on the screen keep coming: live is on and the range is not over. */
  isLive(): boolean {
    const { live, range } = this.options.view()
    return live && (range.kind !== 'custom' || range.to > this.now())
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
    return shown !== undefined && scopeKey(shown) !== scopeKey(this.options.view())
  }

  /** Changes exactly when the view needs other numbers. */
  requestKey(): string {
    const v = this.options.view()
    return JSON.stringify([
      v.range,
      v.dimension,
      v.filters,
      v.columns,
      v.sort,
      this.searchFilter(v),
      v.live,
    ])
  }

  async downloadCsv(): Promise<Blob> {
    const v = this.options.view()
    const period = this.resolve(v)
    return this.options.api.reportCsv({ ...this.tableQuery(v, period), limit: undefined })
  }

  private async refresh(signal: AbortSignal): Promise<void> {
    const { api } = this.options
    const v = this.options.view()
    // The names and the time zone are needed before the first report can be asked for.
    if (this.now() - this.catalogAt > CATALOG_MS) {
      this.catalog = new CatalogIndex(await api.catalog(signal))
      this.catalogAt = this.now()
    }
    const period = this.resolve(v)
    const [freshness, series, previous, table] = await Promise.all([
      api.freshness(signal),
      api.report(this.seriesQuery(v, period, period), signal),
      this.previousReport(this.seriesQuery(v, period, period.previous), signal),
      api.report(this.tableQuery(v, period), signal),
    ])
    if (signal.aborted) return
    this.freshness = freshness
    if (!this.searchFilter(v)) this.tooManyRows = table.truncated
    this.snapshot = this.toSnapshot(v, period, series, previous, table)
    this.error = null
    this.hurryForNames(this.snapshot)
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

  private resolve(v: View): Period {
    return resolve(v.range, this.now(), this.catalog.timeZone)
  }

  private seriesQuery(v: View, period: Period, span: { from: number; to: number }): ReportQuery {
    return {
      filters: filterParams(v.filters),
      timeZone: this.catalog.timeZone,
      from: span.from,
      to: span.to,
      granularity: period.granularity,
      metrics: HEADLINE,
    }
  }

  private tableQuery(v: View, period: Period): ReportQuery {
    const metric = v.sort.by === 'name' ? 'impressions' : v.sort.by
    return {
      filters: filterParams(this.searchFilter(v) ?? v.filters),
      timeZone: this.catalog.timeZone,
      from: period.from,
      to: period.to,
      granularity: 'total',
      groupBy: dimensionOf(v.dimension).groupBy,
      metrics: v.columns.includes(metric) ? v.columns : [...v.columns, metric],
      orderBy: v.sort.descending || v.sort.by === 'name' ? `-${metric}` : metric,
      limit: ROW_LIMIT,
    }
  }

  /**
   * Where not all rows were fetched, a search goes through the catalog and asks for what it found.
   */
  private searchFilter(v: View): Filters | null {
    if (!this.tooManyRows || !v.search.trim() || !isCatalogDimension(v.dimension)) return null
    const already = v.filters[v.dimension]
    const found = this.catalog.search(v.dimension, v.search, SEARCH_LIMIT)
    const wanted = already ? found.filter((id) => already.includes(id)) : found
    return wanted.length ? { ...v.filters, [v.dimension]: wanted } : null
  }

  /** The period before changes rarely while the current one is refreshed every two seconds. */
  private async previousReport(query: ReportQuery, signal: AbortSignal): Promise<Report> {
    const key = JSON.stringify(query)
    if (this.previous?.key !== key) {
      this.previous = { key, report: await this.options.api.report(query, signal) }
    }
    return this.previous.report
  }

  private toSnapshot(
    v: View,
    period: Period,
    now: Report,
    before: Report,
    table: Report,
  ): Snapshot {
    const zone = this.catalog.timeZone
    const series = toSeries(now, period, HEADLINE, zone)
    const beforeSpan = { ...period.previous, granularity: period.granularity }
    const beforeSeries = toSeries({ ...before, freshness: null }, beforeSpan, HEADLINE, zone)
    return {
      view: v,
      period,
      series,
      totals: now.totals,
      changes: Object.fromEntries(HEADLINE.map((id) => [id, changeOf(id, series, beforeSeries)])),
      rows: toRows(table, v.dimension, this.catalog),
      // The headline figures and the last line of the table must not differ by what came in
      // between.
      rowTotals: { ...table.totals, ...now.totals },
      truncated: table.truncated,
      currency: this.catalog.currencyWithin(v.filters),
      at: this.now(),
    }
  }
}

function scopeKey(v: View): string {
  return JSON.stringify([v.range, v.dimension, v.filters])
}
