import { metricOf, type MetricId } from './metrics'

/** The interface is in English; only an English variant of the browser changes how numbers look. */
export const LOCALE = pickLocale(typeof navigator === 'undefined' ? undefined : navigator.language)

/** What stands for a value that does not exist, such as a rate with a zero denominator. */
export const NOTHING = '–'

const COMPACT_FROM = 10_000_000

/** A metric in full, as in a table. */
export function formatMetric(
  id: MetricId,
  value: number | null | undefined,
  currency?: string,
): string {
  if (value === null || value === undefined) return NOTHING
  switch (metricOf(id).kind) {
    case 'count':
      return number(0).format(value)
    case 'money':
      return formatMoney(value, currency)
    case 'rate':
      return percent.format(value)
    case 'ratio':
      return `${number(2).format(value)}×`
  }
}

/** A metric for a headline: in full as long as it fits, else shortened ("12.35M"). */
export function formatHeadline(
  id: MetricId,
  value: number | null | undefined,
  currency?: string,
): string {
  if (value === null || value === undefined || Math.abs(value) < COMPACT_FROM) {
    return formatMetric(id, value, currency)
  }
  return compact(id, value, currency, 2)
}

/** A metric for the ticks of an axis. */
export function formatTick(id: MetricId, value: number, currency?: string): string {
  switch (metricOf(id).kind) {
    case 'rate':
      return percentTick.format(value)
    case 'ratio':
      return `${number(1).format(value)}×`
    case 'money':
      return Math.abs(value) < 10 && value % 1 !== 0
        ? formatMoney(value, currency)
        : compact(id, value, currency, 1)
    case 'count':
      return compact(id, value, currency, 1)
  }
}

export function formatCount(value: number): string {
  return number(0).format(value)
}

/** A change as a fraction: 0.124 is "+12.4%". Beyond ten times the percentage says little. */
export function formatChange(change: number): string {
  if (change > 9.99) return `×${number(0).format(change + 1)}`
  return changePercent.format(change)
}

/** Seconds in words for a person: "2 s", "3 min", "5 h", "2 days". */
export function formatDuration(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86400)} days`
}

export type TimeStyle = 'clock' | 'minute' | 'day' | 'day-minute' | 'weekday' | 'full'

const timeOptions: Record<TimeStyle, Intl.DateTimeFormatOptions> = {
  clock: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  minute: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  day: { day: 'numeric', month: 'short' },
  'day-minute': {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  },
  weekday: { weekday: 'short', day: 'numeric', month: 'short' },
  full: {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  },
}

export function formatTime(instant: number, zone: string, style: TimeStyle): string {
  return cached(`time ${zone} ${style}`, () => {
    return new Intl.DateTimeFormat(LOCALE, { ...timeOptions[style], timeZone: zone })
  }).format(instant)
}

/** "Germany" for "DE"; nothing where the code names no country. */
export function countryName(code: string): string | undefined {
  try {
    return countries.of(code)
  } catch {
    return undefined
  }
}

export function pickLocale(language: string | undefined): string {
  return language?.toLowerCase().startsWith('en') ? language : 'en-US'
}

function formatMoney(value: number, currency?: string): string {
  // A click can cost less than a cent.
  const small = value !== 0 && Math.abs(value) < 0.1
  return money(
    currency,
    small ? { minimumFractionDigits: 2, maximumFractionDigits: 4 } : {},
  ).format(value)
}

function compact(
  id: MetricId,
  value: number,
  currency: string | undefined,
  digits: number,
): string {
  const options: Intl.NumberFormatOptions = {
    notation: 'compact',
    minimumFractionDigits: 0,
    maximumFractionDigits: digits,
  }
  if (metricOf(id).kind === 'money') return money(currency, options).format(value)
  return cached(`compact ${digits}`, () => new Intl.NumberFormat(LOCALE, options)).format(value)
}

function money(currency: string | undefined, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return cached(`money ${currency} ${JSON.stringify(options)}`, () => {
    const plain = { minimumFractionDigits: 2, maximumFractionDigits: 2, ...options }
    if (!currency) return new Intl.NumberFormat(LOCALE, plain)
    try {
      return new Intl.NumberFormat(LOCALE, {
        style: 'currency',
        currency,
        currencyDisplay: 'narrowSymbol',
        ...options,
      })
    } catch {
      // The catalog holds something that is no currency code: show the amount without a symbol.
      return new Intl.NumberFormat(LOCALE, plain)
    }
  })
}

function number(digits: number): Intl.NumberFormat {
  return cached(`number ${digits}`, () => {
    return new Intl.NumberFormat(LOCALE, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    })
  })
}

// Building a formatter costs far more than using one, and a page of a table uses hundreds.
const formatters = new Map<string, unknown>()
function cached<T>(key: string, make: () => T): T {
  let formatter = formatters.get(key) as T | undefined
  if (!formatter) formatters.set(key, (formatter = make()))
  return formatter
}

const percent = new Intl.NumberFormat(LOCALE, {
  style: 'percent',
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
})
const percentTick = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 2 })
const changePercent = new Intl.NumberFormat(LOCALE, {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  signDisplay: 'exceptZero',
})
const countries = new Intl.DisplayNames(LOCALE, { type: 'region', fallback: 'none' })
