/**
 * What the user looks at, as it is written into the address: everything needed to show the same
 * page again.
 */

import { DIMENSIONS, isDimensionId, type DimensionId } from '../dimensions'
import { HEADLINE, isMetricId, METRICS, type MetricId } from '../metrics'
import { isPreset, type Compare, type Range, type Span } from './range'

export type Filters = Partial<Record<DimensionId, readonly string[]>>

export interface Sort {
  by: MetricId | 'name'
  /** By the metric's change against the period before, not by the metric itself. */
  change: boolean
  descending: boolean
}

export interface View {
  range: Range
  /** The part of the range that the chart was zoomed to. */
  zoom: Span | null
  compare: Compare
  dimension: DimensionId
  filters: Filters
  /** What the chart draws, at least one. */
  chart: readonly MetricId[]
  /** The columns of the table, in the order of METRICS. */
  columns: readonly MetricId[]
  sort: Sort
  search: string
  /** From 1. */
  page: number
  live: boolean
}

export const DEFAULT_VIEW: View = {
  range: { kind: '30m' },
  zoom: null,
  compare: 'previous',
  dimension: 'campaign',
  filters: {},
  chart: ['clicks'],
  columns: ['impressions', 'clicks', 'ctr', 'spend', 'cpc', 'conversions', 'cvr', 'cpa'],
  sort: { by: 'impressions', change: false, descending: true },
  search: '',
  page: 1,
  live: true,
}

/** What cannot be understood is ignored: a mangled link still opens a dashboard. */
export function parseView(query: string): View {
  const params = new URLSearchParams(query)
  const dimension = params.get('by') ?? ''
  const page = Number(params.get('page'))
  return {
    range: parseRange(params),
    zoom: parseZoom(params.get('zoom')),
    compare: parseCompare(params.get('compare')),
    dimension: isDimensionId(dimension) ? dimension : DEFAULT_VIEW.dimension,
    filters: parseFilters(params),
    chart: parseMetrics(params.get('chart'), HEADLINE) ?? DEFAULT_VIEW.chart,
    columns:
      parseMetrics(
        params.get('columns'),
        METRICS.map((m) => m.id),
      ) ?? DEFAULT_VIEW.columns,
    sort: parseSort(params.get('sort')),
    search: params.get('q') ?? '',
    page: Number.isInteger(page) && page > 0 ? page : 1,
    live: params.get('live') !== '0',
  }
}

/** With a leading "?", or empty for the default view. */
export function formatView(view: View): string {
  const params = new URLSearchParams()
  if (view.range.kind === 'custom') {
    params.set('from', new Date(view.range.from).toISOString())
    params.set('to', new Date(view.range.to).toISOString())
  } else if (view.range.kind !== '30m') {
    params.set('range', view.range.kind)
  }
  if (view.zoom) {
    params.set('zoom', [view.zoom.from, view.zoom.to].map((t) => new Date(t).toISOString()).join())
  }
  setUnlessDefault(params, 'compare', view.compare, DEFAULT_VIEW.compare)
  if (view.dimension !== DEFAULT_VIEW.dimension) params.set('by', view.dimension)
  for (const { id, column } of DIMENSIONS) {
    const values = view.filters[id]
    if (values?.length) params.set(column, values.join(','))
  }
  setUnlessDefault(params, 'chart', view.chart.join(','), DEFAULT_VIEW.chart.join(','))
  setUnlessDefault(params, 'columns', view.columns.join(','), DEFAULT_VIEW.columns.join(','))
  setUnlessDefault(params, 'sort', formatSort(view.sort), formatSort(DEFAULT_VIEW.sort))
  if (view.search) params.set('q', view.search)
  if (view.page > 1) params.set('page', String(view.page))
  if (!view.live) params.set('live', '0')
  const text = params.toString().replaceAll('%2C', ',').replaceAll('%3A', ':')
  return text && `?${text}`
}

/** The filters as parameters of a report. */
export function filterParams(filters: Filters): Record<string, readonly string[]> {
  return Object.fromEntries(
    DIMENSIONS.filter((d) => filters[d.id]?.length).map((d) => [d.column, filters[d.id]!]),
  )
}

export function withFilter(
  filters: Filters,
  dimension: DimensionId,
  values: readonly string[],
): Filters {
  const rest = { ...filters }
  delete rest[dimension]
  return values.length ? { ...rest, [dimension]: values } : rest
}

function setUnlessDefault(
  params: URLSearchParams,
  name: string,
  value: string,
  usual: string,
): void {
  if (value !== usual) params.set(name, value)
}

function parseRange(params: URLSearchParams): Range {
  const from = Date.parse(params.get('from') ?? '')
  const to = Date.parse(params.get('to') ?? '')
  if (from < to) return { kind: 'custom', from, to }
  const preset = params.get('range') ?? ''
  return isPreset(preset) ? { kind: preset } : DEFAULT_VIEW.range
}

function parseZoom(text: string | null): Span | null {
  const [from = NaN, to = NaN] = (text ?? '').split(',').map((t) => Date.parse(t))
  return from < to ? { from, to } : null
}

function parseCompare(text: string | null): Compare {
  return text === 'year' || text === 'off' ? text : DEFAULT_VIEW.compare
}

function parseFilters(params: URLSearchParams): Filters {
  const filters: Filters = {}
  for (const { id, column } of DIMENSIONS) {
    const values = new Set((params.get(column) ?? '').split(',').filter(Boolean))
    if (values.size) filters[id] = [...values]
  }
  return filters
}

function parseMetrics(text: string | null, allowed: readonly MetricId[]): MetricId[] | null {
  const asked = new Set(text?.split(','))
  const metrics = allowed.filter((id) => asked.has(id))
  return metrics.length ? metrics : null
}

function parseSort(text: string | null): Sort {
  const [by = '', what] = (text?.replace(/^-/, '') ?? '').split('.')
  if (by !== 'name' && !isMetricId(by)) return DEFAULT_VIEW.sort
  return { by, change: by !== 'name' && what === 'change', descending: text!.startsWith('-') }
}

function formatSort({ by, change, descending }: Sort): string {
  return `${descending ? '-' : ''}${by}${change ? '.change' : ''}`
}
