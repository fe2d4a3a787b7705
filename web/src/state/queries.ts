/** What the dashboard asks the API for, as it follows from the view. */

import type { ReportQuery } from '../api'
import type { CatalogIndex } from '../catalog'
import { dimensionOf, isCatalogDimension, type DimensionId } from '../dimensions'
import { HEADLINE, OVER_TIME, type MetricId } from '../metrics'
import type { Period, Span } from './range'
import { filterParams, withFilter, type Filters, type View } from './url'

export const ROW_LIMIT = 1000
/** What one report can hold at most. */
export const EXPORT_LIMIT = 100_000
const SEARCH_LIMIT = 300

export interface Asked {
  view: View
  period: Period
  zone: string
}

export function seriesQuery({ view, period, zone }: Asked, span: Span): ReportQuery {
  return {
    ...span,
    filters: filterParams(view.filters),
    timeZone: zone,
    granularity: period.granularity,
    metrics: OVER_TIME,
  }
}

/** `filters`: those of the view, unless a search narrows them. */
export function tableQuery(
  { view, zone }: Asked,
  span: Span,
  filters: Filters = view.filters,
): ReportQuery {
  const metric = orderMetric(view)
  const ascending = !view.sort.descending && !view.sort.change && view.sort.by !== 'name'
  const wanted = new Set<MetricId>([...view.columns, metric])
  return {
    from: span.from,
    to: span.to,
    filters: filterParams(filters),
    timeZone: zone,
    granularity: 'total',
    groupBy: dimensionOf(view.dimension).groupBy,
    metrics: [...wanted],
    // By name or change: the largest rows, which are then put in order here.
    orderBy: ascending ? metric : `-${metric}`,
    limit: ROW_LIMIT,
  }
}

/** All values of a dimension, also those that a filter on this very dimension leaves out. */
export function breakdownQuery({ view, period, zone }: Asked, dimension: DimensionId): ReportQuery {
  return {
    from: period.from,
    to: period.to,
    filters: filterParams(withFilter(view.filters, dimension, [])),
    timeZone: zone,
    granularity: 'total',
    groupBy: [dimension],
    metrics: HEADLINE,
  }
}

/** What the rows are ordered and their bars are measured by. */
export function orderMetric({ sort }: View): MetricId {
  return sort.by === 'name' ? 'impressions' : sort.by
}

/**
 * Where not all rows were fetched, a search goes through the catalog and asks for what it found.
 * Null when there is nothing to search for in this way.
 */
export function searchFilters(view: View, catalog: CatalogIndex): Filters | null {
  const { dimension, filters, search } = view
  if (!search.trim() || !isCatalogDimension(dimension)) return null
  const already = filters[dimension]
  const found = catalog.search(dimension, search, SEARCH_LIMIT)
  const wanted = already ? found.filter((id) => already.includes(id)) : found
  return wanted.length ? { ...filters, [dimension]: wanted } : null
}
