/** From the rows of a report to those of the table: named, sorted, searched. */

import type { Report } from '../api'
import type { CatalogIndex } from '../catalog'
import { dimensionOf, UNKNOWN_PLACE, type DimensionId } from '../dimensions'
import { isMetricId, type MetricId } from '../metrics'
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
  metrics: Partial<Record<MetricId, number | null>>
}

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
    const metrics: TableRow['metrics'] = {}
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
    }
  })
}

export function searchRows(rows: readonly TableRow[], text: string): TableRow[] {
  const needle = text.trim().toLowerCase()
  if (!needle) return [...rows]
  return rows.filter((row) =>
    `${row.name}\n${row.detail}\n${row.key}`.toLowerCase().includes(needle),
  )
}

/** Rows without a value come last in both directions; equal ones are ordered by name. */
export function sortRows(rows: readonly TableRow[], sort: Sort): TableRow[] {
  const sign = sort.descending ? -1 : 1
  const { by } = sort
  if (by === 'name') return [...rows].sort((a, b) => sign * byName(a, b))
  return [...rows].sort((a, b) => {
    const x = a.metrics[by] ?? null
    const y = b.metrics[by] ?? null
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
