/** From the rows of a report to those of the table: named, sorted, searched. */

import type { Report } from '../api'
import type { CatalogIndex } from '../catalog'
import { dimensionOf, UNKNOWN_PLACE, type DimensionId } from '../dimensions'
import { isMetricId, isSum, type MetricId } from '../metrics'
import { relativeChange } from './series'
import type { Sort } from './url'

export interface TableRow {
  /** Stays the same from one refresh to the next. */
  key: string
  /** The value of each grouped dimension; clicking the row filters by them. */
  values: { dimension: DimensionId; value: string }[]
  name: string
  /** A second line: the id or code, and where it belongs. */
  detail: string
  currency: string | undefined
  metrics: Metrics
  /** The numbers of the period before; null where they are not known. */
  before: Metrics | null
  /** Relative to the period before, as far as that had come by now. */
  changes: Metrics
}

export type Metrics = Partial<Record<MetricId, number | null>>

export function toRows(report: Report, dimension: DimensionId, catalog: CatalogIndex): TableRow[] {
  const grouped = dimensionOf(dimension).groupBy.map(dimensionOf)
  const groupColumns = grouped.map((d) => report.columns.indexOf(d.column))
  const metricColumns = report.columns.flatMap((id, column) =>
    isMetricId(id) ? [{ id, column }] : [],
  )
  return report.rows.map((cells) => {
    const values = grouped.map((d, i) => ({
      dimension: d.id,
      value: String(cells[groupColumns[i]!] ?? '') || UNKNOWN_PLACE,
    }))
    const { value } = values.at(-1)!
    const metrics: Metrics = {}
    for (const { id, column } of metricColumns) {
      const cell = cells[column]
      metrics[id] = typeof cell === 'number' ? cell : null
    }
    return {
      key: values.map((v) => v.value).join('/'),
      values,
      name: catalog.label(dimension, value),
      detail: detailOf(dimension, values, catalog),
      currency: catalog.currencyOf(dimension, value),
      metrics,
      before: null,
      changes: {},
    }
  })
}

/**
 * The rows with those of the period before at their side. `share` says which part of a sum of that
 * period had come by now. A row that is not among all rows of the period before had nothing then;
 * one that is not among the first of them had something unknown.
 */
export function compareRows(
  rows: readonly TableRow[],
  earlier: { rows: readonly TableRow[]; truncated: boolean },
  share: (id: MetricId) => number,
): TableRow[] {
  const byKey = new Map(earlier.rows.map((row) => [row.key, row.metrics]))
  return rows.map((row) => {
    const before = byKey.get(row.key) ?? (earlier.truncated ? null : nothing(row.metrics))
    const changes: Metrics = {}
    for (const [key, value] of Object.entries(row.metrics)) {
      const id = key as MetricId
      const then = before?.[id]
      changes[id] = relativeChange(value, then != null && isSum(id) ? then * share(id) : then)
    }
    return { ...row, before, changes }
  })
}

function nothing(metrics: Metrics): Metrics {
  const ids = Object.keys(metrics) as MetricId[]
  return Object.fromEntries(ids.map((id) => [id, isSum(id) ? 0 : null]))
}

export function searchRows(rows: readonly TableRow[], text: string): TableRow[] {
  const needle = text.trim().toLowerCase()
  if (!needle) return [...rows]
  return rows.filter((row) =>
    `${row.name}\n${row.detail}\n${row.key}`.toLowerCase().includes(needle),
  )
}

/** Rows without a value come last in both directions; equal ones are ordered by name. */
export function sortRows(
  rows: readonly TableRow[],
  sort: Omit<Sort, 'change'> & Partial<Sort>,
): TableRow[] {
  const sign = sort.descending ? -1 : 1
  const { by } = sort
  if (by === 'name') return [...rows].sort((a, b) => sign * byName(a, b))
  const value = (row: TableRow) => (sort.change ? row.changes : row.metrics)[by] ?? null
  return [...rows].sort((a, b) => {
    const x = value(a)
    const y = value(b)
    if (x === null || y === null) return Number(x === null) - Number(y === null) || byName(a, b)
    return sign * (x - y) || byName(a, b)
  })
}

/**
 * The rows in the order in which they are on the screen, new ones behind: while somebody points at
 * a row it must not move away under the pointer.
 */
export function keepOrder(rows: readonly TableRow[], shown: readonly string[]): TableRow[] {
  const place = new Map(shown.map((key, i) => [key, i]))
  const rank = (row: TableRow) => place.get(row.key) ?? shown.length
  return rows
    .map((row, i) => ({ row, i }))
    .sort((a, b) => rank(a.row) - rank(b.row) || a.i - b.i)
    .map(({ row }) => row)
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })
function byName(a: TableRow, b: TableRow): number {
  return collator.compare(a.name, b.name) || collator.compare(a.key, b.key)
}

function detailOf(
  dimension: DimensionId,
  values: TableRow['values'],
  catalog: CatalogIndex,
): string {
  const { value } = values.at(-1)!
  if (dimension === 'device') return ''
  if (dimension === 'region') {
    const country = values[0]!.value
    return country === UNKNOWN_PLACE ? '' : catalog.label('country', country)
  }
  if (dimension === 'country') {
    return value !== UNKNOWN_PLACE && catalog.name('country', value) ? value : ''
  }
  const id = catalog.name(dimension, value) ? `#${value}` : ''
  return [catalog.parent(dimension, value), id].filter(Boolean).join(' · ')
}
