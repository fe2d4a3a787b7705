import { LOCALE, NOTHING } from '../format'

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** "12.3 MB"; powers of 1000, as disks are sold. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return NOTHING
  let unit = 0
  let value = bytes
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${number(unit === 0 || value >= 99.95 ? 0 : 1).format(value)} ${UNITS[unit]}`
}

/** Events a second: finer while there are few. */
export function formatRate(rate: number | null): string {
  if (rate === null) return NOTHING
  return number(rate >= 100 ? 0 : rate >= 10 ? 1 : 2).format(rate)
}

/** "0.70%"; small shares keep a digit that means something. */
export function formatShare(share: number | null): string {
  if (share === null) return NOTHING
  const digits = share !== 0 && share < 0.0001 ? 4 : 2
  return new Intl.NumberFormat(LOCALE, {
    style: 'percent',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(share)
}

function number(digits: number): Intl.NumberFormat {
  return new Intl.NumberFormat(LOCALE, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}
