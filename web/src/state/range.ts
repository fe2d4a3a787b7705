import type { Granularity } from '../api'
import { addDays, DAY, HOUR, MINUTE, offsetAt, startOfDay } from '../time'

export type PresetId = '30m' | '3h' | 'today' | '7d'

/** What the user chose. A custom range is `[from, to)` in milliseconds since the epoch. */
export type Range = { kind: PresetId } | { kind: 'custom'; from: number; to: number }

/** A chosen range at a moment: `[from, to)` on bucket borders, and the equal period before it. */
export interface Period {
  from: number
  to: number
  granularity: Granularity
  previous: { from: number; to: number }
  /** "the previous 30 minutes", to follow "than" or "compared with". */
  previousLabel: string
  /** Whether new events can still fall into it. */
  open: boolean
}

export const PRESETS: readonly { id: PresetId; label: string; title: string }[] = [
  { id: '30m', label: '30 min', title: 'Last 30 minutes' },
  { id: '3h', label: '3 h', title: 'Last 3 hours' },
  { id: 'today', label: 'Today', title: 'Today' },
  { id: '7d', label: '7 days', title: 'Last 7 days' },
]

const MINUTES_UP_TO = 6 * HOUR
const HOURS_UP_TO = 14 * DAY

export function isPreset(id: string): id is PresetId {
  return PRESETS.some((p) => p.id === id)
}

export function resolve(range: Range, now: number, zone: string): Period {
  switch (range.kind) {
    case '30m':
      return lastMinutes(30, now, 'the previous 30 minutes')
    case '3h':
      return lastMinutes(180, now, 'the previous 3 hours')
    case 'today': {
      const from = startOfDay(zone, now)
      return shiftedByDays(from, now, 1, zone, 'yesterday at this time')
    }
    case '7d': {
      const from = addDays(zone, startOfDay(zone, now), -6)
      return shiftedByDays(from, now, 7, zone, 'the 7 days before')
    }
    case 'custom':
      return custom(range.from, range.to, now)
  }
}

/** The range widened to whole hours or days, where it is long enough to be shown by them. */
export function wholeBuckets(from: number, to: number, zone: string): [number, number] {
  const granularity = granularityFor(to - from)
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

function lastMinutes(count: number, now: number, previousLabel: string): Period {
  const to = Math.floor(now / MINUTE) * MINUTE + MINUTE
  const from = to - count * MINUTE
  return {
    from,
    to,
    granularity: 'minute',
    previous: { from: from - count * MINUTE, to: from },
    previousLabel,
    open: true,
  }
}

function shiftedByDays(
  from: number,
  now: number,
  days: number,
  zone: string,
  previousLabel: string,
): Period {
  const to = from + Math.ceil((now + 1 - from) / HOUR) * HOUR
  const previousFrom = addDays(zone, from, -days)
  return {
    from,
    to,
    granularity: 'hour',
    previous: { from: previousFrom, to: previousFrom + (to - from) },
    previousLabel,
    open: true,
  }
}

function custom(from: number, to: number, now: number): Period {
  const length = to - from
  return {
    from,
    to,
    granularity: granularityFor(length),
    previous: { from: from - length, to: from },
    previousLabel: 'the equal period before',
    open: to > now,
  }
}
