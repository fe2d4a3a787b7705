import type { Granularity } from '../api'
import {
  addDays,
  addYears,
  DAY,
  fromLocal,
  HOUR,
  MINUTE,
  offsetAt,
  startOfDay,
  toLocal,
} from '../time'

export type PresetId = '30m' | '1h' | '3h' | 'today' | 'yesterday' | '7d' | '30d'

/** From `from` up to, but without, `to`; in milliseconds since the epoch. */
export interface Span {
  from: number
  to: number
}

/** What the user chose. */
export type Range = { kind: PresetId } | ({ kind: 'custom' } & Span)

/** What the numbers are compared with. */
export type Compare = 'previous' | 'year' | 'off'

/** A chosen range at a moment, on bucket borders. */
export interface Period extends Span {
  granularity: Granularity
  /** What it is compared with: of the same length; null without a comparison. */
  previous: Span | null
  /** "the previous 30 minutes", to follow "than" or "compared with". */
  previousLabel: string
}

export const PRESETS: readonly { id: PresetId; label: string; title: string }[] = [
  { id: '30m', label: '30 min', title: 'Last 30 minutes' },
  { id: '1h', label: '1 h', title: 'Last hour' },
  { id: '3h', label: '3 h', title: 'Last 3 hours' },
  { id: 'today', label: 'Today', title: 'Today' },
  { id: 'yesterday', label: 'Yesterday', title: 'Yesterday' },
  { id: '7d', label: '7 days', title: 'Last 7 days, with today' },
  { id: '30d', label: '30 days', title: 'Last 30 days, with today' },
]

const YEAR_LABEL = 'the same time last year'
const MINUTES_UP_TO = 6 * HOUR
const HOURS_UP_TO = 14 * DAY
/** For how long a server keeps single minutes unless it is told otherwise. */
const MINUTES_KEPT = 7 * DAY

export function isPreset(id: string): id is PresetId {
  return PRESETS.some((p) => p.id === id)
}

/** `zoom` is a part of the range: it is compared with the same part of the range's comparison. */
export function resolve(
  range: Range,
  now: number,
  zone: string,
  compare: Compare = 'previous',
  zoom: Span | null = null,
): Period {
  const whole =
    range.kind === 'custom'
      ? custom(range, now, zone, compare)
      : compared(preset(range.kind, now, zone), zone, compare)
  if (!zoom) return whole
  const { previous, previousLabel } = whole
  const shift = previous && toLocal(zone, whole.from) - toLocal(zone, previous.from)
  const before = (t: number) => fromLocal(zone, toLocal(zone, t) - shift!)
  const previousOf = ({ from, to }: Span) => shift && { from: before(from), to: before(to) }
  return { ...fitted(zoom, now, zone, (span) => previousOf(span) || null), previousLabel }
}

/** The range widened to whole hours or days, where it is long enough to be shown by them. */
export function wholeBuckets(from: number, to: number, zone: string): [number, number] {
  return widened({ from, to }, granularityFor(to - from), zone)
}

function widened({ from, to }: Span, granularity: Granularity, zone: string): [number, number] {
  if (granularity === 'minute') return [from, to]
  if (granularity === 'day') {
    const last = startOfDay(zone, to)
    return [startOfDay(zone, from), last === to ? to : addDays(zone, last, 1)]
  }
  // Local hours: some zones are half an hour off.
  const before = (t: number) => (((t + offsetAt(zone, t)) % HOUR) + HOUR) % HOUR
  return [from - before(from), to + ((HOUR - before(to)) % HOUR)]
}

function granularityFor(length: number): Granularity {
  if (length <= MINUTES_UP_TO) return 'minute'
  return length <= HOURS_UP_TO ? 'hour' : 'day'
}

/** By minute, hour or day; where the minutes are gone, widened to whole hours or days. */
function fitted(
  span: Span,
  now: number,
  zone: string,
  previousOf: (span: Span) => Span | null,
): Omit<Period, 'previousLabel'> {
  const granularity = granularityFor(span.to - span.from)
  const previous = previousOf(span)
  const oldest = Math.min(span.from, previous?.from ?? span.from)
  if (oldest > now - MINUTES_KEPT) return { ...span, granularity, previous }
  const kept = granularity === 'minute' ? 'hour' : granularity
  const [from, to] = widened(span, kept, zone)
  return { from, to, granularity: kept, previous: previousOf({ from, to }) }
}

function preset(kind: PresetId, now: number, zone: string): Period {
  const today = startOfDay(zone, now)
  switch (kind) {
    case '30m':
      return lastMinutes(30, now, 'the previous 30 minutes')
    case '1h':
      return lastMinutes(60, now, 'the previous hour')
    case '3h':
      return lastMinutes(180, now, 'the previous 3 hours')
    case 'today':
      return shiftedByDays(today, hourAfter(today, now), 1, zone, 'yesterday at this time')
    case 'yesterday':
      return shiftedByDays(addDays(zone, today, -1), today, 1, zone, 'the day before')
    case '7d': {
      const from = addDays(zone, today, -6)
      return shiftedByDays(from, hourAfter(today, now), 7, zone, 'the 7 days before')
    }
    case '30d': {
      const from = addDays(zone, today, -29)
      const period = shiftedByDays(from, addDays(zone, today, 1), 30, zone, 'the 30 days before')
      return { ...period, granularity: 'day' }
    }
  }
}

/** A year back only where hours or days are shown: single minutes are not kept that long. */
function compared(period: Period, zone: string, compare: Compare): Period {
  if (compare === 'off') return { ...period, previous: null, previousLabel: '' }
  if (compare === 'previous' || period.granularity === 'minute') return period
  return { ...period, previous: yearBefore(period, zone), previousLabel: YEAR_LABEL }
}

function yearBefore({ from, to }: Span, zone: string): Span {
  return { from: addYears(zone, from, -1), to: addYears(zone, to, -1) }
}

function lastMinutes(count: number, now: number, previousLabel: string): Period {
  const to = Math.floor(now / MINUTE) * MINUTE + MINUTE
  const from = to - count * MINUTE
  return {
    from,
    to,
    granularity: 'minute',
    previous: { from: from - count * MINUTE, to: from },
    previousLabel,
  }
}

function hourAfter(midnight: number, now: number): number {
  return midnight + Math.ceil((now + 1 - midnight) / HOUR) * HOUR
}

function shiftedByDays(
  from: number,
  to: number,
  days: number,
  zone: string,
  previousLabel: string,
): Period {
  const previous = { from: addDays(zone, from, -days), to: addDays(zone, to, -days) }
  return { from, to, granularity: 'hour', previous, previousLabel }
}

function custom(range: Span, now: number, zone: string, compare: Compare): Period {
  const span = { from: range.from, to: range.to }
  if (compare === 'off') return { ...fitted(span, now, zone, () => null), previousLabel: '' }
  if (compare === 'year') {
    const previousOf = (s: Span) => yearBefore(s, zone)
    return { ...fitted(span, now, zone, previousOf), previousLabel: YEAR_LABEL }
  }
  const previousOf = (s: Span) => equalBefore(s, zone)
  return { ...fitted(span, now, zone, previousOf), previousLabel: 'the equal period before' }
}

/** Whole days are compared with whole days, whatever the clocks did between. */
function equalBefore({ from, to }: Span, zone: string): Span {
  const whole = startOfDay(zone, from) === from && startOfDay(zone, to) === to
  const days = Math.round((to - from) / DAY)
  return { from: whole ? addDays(zone, from, -days) : from - (to - from), to: from }
}
