/** From the rows of a report to evenly spaced series, and from two series to a change. */

import type { Granularity, Report } from '../api'
import { isSum, metricOf, type MetricId } from '../metrics'
import { addDays, HOUR, MINUTE, startOfDay } from '../time'

export interface Series {
  /** The start of each bucket, ascending. */
  times: number[]
  values: Partial<Record<MetricId, (number | null)[]>>
  /** How much of each bucket the numbers cover: 1 when complete, 0 when it has not begun. */
  covered: number[]
}

interface Span {
  from: number
  to: number
  granularity: Granularity
}

/**
 * A report has no rows for empty buckets, a chart needs them: counts become 0 there, rates null.
 * Buckets that have not begun are left out.
 */
export function toSeries(
  report: Report,
  span: Span,
  metrics: readonly MetricId[],
  zone: string,
): Series {
  const timeColumn = report.columns.indexOf('time')
  const rowTimes = report.rows.map((row) => Date.parse(String(row[timeColumn])))
  const freshness = report.freshness ? Date.parse(report.freshness) : Infinity
  // Rows may already hold the first events of a bucket that the freshness has not reached.
  const end = Math.min(span.to, Math.max(freshness, (rowTimes.at(-1) ?? 0) + 1))
  const times = bucketTimes({ ...span, to: end }, rowTimes[0], zone)
  const rowAt = new Map(report.rows.map((row, i) => [nearest(times, rowTimes[i]!), row]))

  const values: Series['values'] = {}
  for (const id of metrics) {
    const column = report.columns.indexOf(id)
    const empty = isSum(id) ? 0 : null
    values[id] = times.map((_, i) => {
      const cell = rowAt.get(i)?.[column]
      return typeof cell === 'number' ? cell : empty
    })
  }
  const covered = times.map((time, i) => {
    const end = times[i + 1] ?? nextBucket(time, span.granularity, zone)
    return Math.min(1, Math.max(0, (freshness - time) / (end - time)))
  })
  return { times, values, covered }
}

/** The starts of all buckets in `[from, to)`; `sample`, a known start, gives their phase. */
export function bucketTimes(span: Span, sample: number | undefined, zone: string): number[] {
  const { from, to, granularity } = span
  const times: number[] = []
  if (granularity === 'day') {
    for (let t = startOfDay(zone, from); t < to; t = addDays(zone, t, 1)) times.push(t)
    return times
  }
  const step = granularity === 'minute' ? MINUTE : HOUR
  const phase = (sample ?? 0) % step
  for (let t = Math.floor((from - phase) / step) * step + phase; t < to; t += step) times.push(t)
  return times
}

/** How many buckets at the start are complete. */
export function completeCount(series: Series): number {
  const open = series.covered.findIndex((c) => c < 1)
  return open < 0 ? series.covered.length : open
}

/**
 * The relative change from the previous period to this one: 0.1 is a tenth more. The previous
 * period counts only as far as this one has come, so that an unfinished minute or day does not look
 * like a loss. Null where the previous period has nothing to compare with.
 */
export function changeOf(id: MetricId, now: Series, before: Series): number | null {
  const current = weighted(id, now, null)
  const previous = weighted(id, before, now.covered)
  return relativeChange(current, previous)
}

export function relativeChange(
  now: number | null | undefined,
  before: number | null | undefined,
): number | null {
  return now == null || !before ? null : now / before - 1
}

/**
 * Which part of a sum of the previous period had come by the time that this one has reached: 1 when
 * this one is over.
 */
export function shareSoFar(id: MetricId, now: Series, before: Series): number {
  const whole = weighted(id, before, null)
  const soFar = weighted(id, before, now.covered)
  return whole && soFar !== null ? soFar / whole : 1
}

function weighted(id: MetricId, series: Series, weights: readonly number[] | null): number | null {
  const { quotient } = metricOf(id)
  if (quotient) {
    const of = weighted(quotient.of, series, weights)
    const by = weighted(quotient.by, series, weights)
    return of === null || !by ? null : of / by
  }
  const values = isSum(id) && series.values[id]
  if (!values) return null
  return values.reduce<number>((sum, v, i) => sum + (v ?? 0) * (weights ? (weights[i] ?? 0) : 1), 0)
}

/**
 * The bucket that starts nearest to the time: days of 23 or 25 hours may be cut a little
 * differently.
 */
function nearest(times: readonly number[], time: number): number {
  const after = times.findIndex((t) => t >= time)
  if (after < 0) return times.length - 1
  return after > 0 && time - times[after - 1]! < times[after]! - time ? after - 1 : after
}

function nextBucket(time: number, granularity: Granularity, zone: string): number {
  if (granularity === 'day') return addDays(zone, time, 1)
  return time + (granularity === 'minute' ? MINUTE : HOUR)
}
