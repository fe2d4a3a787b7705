/**
 * Calendar arithmetic in a named time zone. Instants are milliseconds since the epoch; a "local"
 * value is the wall clock of the zone, written as if it were UTC.
 */

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

const formatters = new Map<string, Intl.DateTimeFormat>()

/** What must be added to the instant to get the zone's wall clock. */
export function offsetAt(zone: string, instant: number): number {
  let formatter = formatters.get(zone)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
    formatters.set(zone, formatter)
  }
  const part: Record<string, number> = {}
  for (const { type, value } of formatter.formatToParts(instant)) part[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = part
  return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(instant / MINUTE) * MINUTE
}

export function toLocal(zone: string, instant: number): number {
  return instant + offsetAt(zone, instant)
}

/** A wall clock time that a change to summer time skips becomes the instant just after the gap. */
export function fromLocal(zone: string, local: number): number {
  const guess = local - offsetAt(zone, local)
  return local - offsetAt(zone, guess)
}

export function startOfDay(zone: string, instant: number): number {
  return fromLocal(zone, Math.floor(toLocal(zone, instant) / DAY) * DAY)
}

/**
 * The same wall clock time some days later (or earlier), whatever happens to the clocks between.
 */
export function addDays(zone: string, instant: number, days: number): number {
  return fromLocal(zone, toLocal(zone, instant) + days * DAY)
}

/** The same wall clock time some years later (or earlier). */
export function addYears(zone: string, instant: number, years: number): number {
  const local = new Date(toLocal(zone, instant))
  return fromLocal(zone, local.setUTCFullYear(local.getUTCFullYear() + years))
}

/** "2026-11-24T12:03", as an <input type="datetime-local"> wants it. */
export function toInput(zone: string, instant: number): string {
  return new Date(toLocal(zone, instant)).toISOString().slice(0, 16)
}

/** The instant of such an input; null when it is empty or no date. */
export function fromInput(zone: string, text: string): number | null {
  const local = Date.parse(`${text}Z`)
  return Number.isNaN(local) ? null : fromLocal(zone, local)
}

export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

export function browserTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
}
