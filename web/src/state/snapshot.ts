/** One consistent set of numbers: everything on the screen comes from the same refresh. */

import type { Report } from '../api'
import type { CatalogIndex } from '../catalog'
import { HEADLINE, isMetricId, OVER_TIME, type MetricId } from '../metrics'
import type { Asked } from './queries'
import type { Period } from './range'
import { compareRows, toRows, type Metrics, type TableRow } from './rows'
import { changeOf, shareSoFar, toSeries, type Series } from './series'
import type { View } from './url'

export interface Snapshot {
  view: View
  period: Period
  series: Series
  /** The period before, bucket by bucket beside the series; null without a comparison. */
  before: Series | null
  /** Why there is no comparison although one was asked for; else empty. */
  comparisonProblem: string
  totals: Metrics
  changes: Metrics
  rows: TableRow[]
  rowTotals: Metrics
  rowChanges: Metrics
  /** Whether there are more rows than were fetched. */
  truncated: boolean
  /** Columns whose numbers lack what was not counted in some of the time. */
  incomplete: ReadonlySet<MetricId>
  devices: TableRow[]
  countries: TableRow[]
  currency: string | undefined
  /** What the server read the numbers from, the finest first. */
  tiers: Report['tiers']
  at: number
}

export interface Reports {
  series: Report
  table: Report
  devices: Report
  countries: Report
  /** Of the period before; null without a comparison. */
  earlier: { series: Report; table: Report } | null
  comparisonProblem: string
}

export function toSnapshot(
  { view, period, zone }: Asked,
  reports: Reports,
  catalog: CatalogIndex,
  at: number,
): Snapshot {
  const series = toSeries(reports.series, period, OVER_TIME, zone)
  const before = earlierSeries(reports, period, zone)
  const change = (id: MetricId) => before && changeOf(id, series, before)
  return {
    view,
    period,
    series,
    before,
    comparisonProblem: reports.comparisonProblem,
    totals: reports.series.totals,
    changes: Object.fromEntries(HEADLINE.map((id) => [id, change(id)])),
    rows: comparedRows(view, reports.table, reports.earlier?.table ?? null, catalog, {
      series,
      before,
    }),
    // The headline figures and the last line of the table must not differ by what came in between.
    rowTotals: { ...reports.table.totals, ...reports.series.totals },
    rowChanges: Object.fromEntries(view.columns.map((id) => [id, change(id)])),
    truncated: reports.table.truncated,
    incomplete: incompleteOf(reports),
    devices: toRows(reports.devices, 'device', catalog),
    countries: toRows(reports.countries, 'country', catalog),
    currency: catalog.currencyWithin(view.filters),
    tiers: tiersOf([reports.series, reports.table, reports.devices, reports.countries]),
    at,
  }
}

/** What is not exact, but for reach, which never is. */
function incompleteOf({ table, earlier }: Reports): ReadonlySet<MetricId> {
  const exact = [table.exact, earlier?.table.exact ?? {}]
  const not = exact.flatMap((each) => Object.keys(each).filter((id) => !each[id]))
  return new Set(not.filter(isMetricId).filter((id) => id !== 'reach'))
}

function tiersOf(reports: readonly Report[]): Report['tiers'] {
  const read = new Set(reports.flatMap((report) => report.tiers))
  const known = ['minute', 'hour', 'day', 'archive', 'reach'] as const
  return [...known.filter((tier) => read.delete(tier)), ...read]
}

function earlierSeries({ earlier }: Reports, period: Period, zone: string): Series | null {
  if (!earlier || !period.previous) return null
  const span = { ...period.previous, granularity: period.granularity }
  // The chart shows all of it, also where nothing has come yet.
  return toSeries({ ...earlier.series, freshness: null }, span, OVER_TIME, zone)
}

/** The rows of a table, with those of the period before at their side if there are any. */
export function comparedRows(
  view: View,
  now: Report,
  then: Report | null,
  catalog: CatalogIndex,
  over: Pick<Snapshot, 'series' | 'before'> | null,
): TableRow[] {
  const rows = toRows(now, view.dimension, catalog)
  if (!then || !over?.before) return rows
  const { series, before } = over
  const earlier = { rows: toRows(then, view.dimension, catalog), truncated: then.truncated }
  return compareRows(rows, earlier, (id) => shareSoFar(id, series, before))
}
