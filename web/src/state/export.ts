/** What is on the screen as CSV, with names as a person reads them and numbers as a program does. */

import type { CatalogIndex } from '../catalog'
import { dimensionOf, type DimensionId } from '../dimensions'
import { metricOf, type MetricId } from '../metrics'
import { toLocal } from '../time'
import type { TableRow } from './rows'
import type { Snapshot } from './snapshot'

type Value = string | number | null | undefined

export function tableCsv(
  rows: readonly TableRow[],
  dimension: DimensionId,
  columns: readonly MetricId[],
  /** The metric whose change is shown; null without one. */
  compared: MetricId | null,
  catalog: CatalogIndex,
): string {
  const grouped = dimensionOf(dimension).groupBy.map(dimensionOf)
  const head = [
    ...grouped.flatMap((d) => [d.label, d.column]),
    'belongs_to',
    'currency',
    ...columns.flatMap((id) => (id === compared ? [id, `${id}_before`, `${id}_change`] : [id])),
  ]
  const body = rows.map((row) => [
    ...row.values.flatMap((v) => [safe(catalog.label(v.dimension, v.value)), v.value]),
    safe(catalog.parent(dimension, row.values.at(-1)!.value) ?? ''),
    row.currency ?? '',
    ...columns.flatMap((id) => {
      const value = row.metrics[id]
      return id === compared ? [value, row.before?.[id], row.changes[id]] : [value]
    }),
  ])
  return toCsv([head, ...body])
}

export function seriesCsv(
  { series, before }: Snapshot,
  metrics: readonly MetricId[],
  zone: string,
): string {
  const head = [
    `Time in ${zone}`,
    'time',
    ...metrics.map((id) => metricOf(id).id),
    ...(before ? metrics.map((id) => `${id}_before`) : []),
    'complete',
  ]
  const body = series.times.map((time, i) => [
    new Date(toLocal(zone, time)).toISOString().slice(0, 16).replace('T', ' '),
    new Date(time).toISOString(),
    ...metrics.map((id) => series.values[id]?.[i]),
    ...(before ? metrics.map((id) => before.values[id]?.[i]) : []),
    String((series.covered[i] ?? 1) === 1),
  ])
  return toCsv([head, ...body])
}

/** Offers the text as a file of that name. */
export function download(name: string, text: string): void {
  // The mark in front makes Excel read the names as UTF-8.
  const file = new Blob(['\uFEFF', text], { type: 'text/csv;charset=utf-8' })
  const address = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The browser reads the address after the click has returned.
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

/** Names come from users: a spreadsheet must not take one for a formula. */
function safe(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
}

function toCsv(lines: readonly (readonly Value[])[]): string {
  return lines.map((cells) => cells.map(quoted).join(',') + '\r\n').join('')
}

function quoted(value: Value): string {
  const text = value == null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
