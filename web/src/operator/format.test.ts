import { expect, it } from 'vitest'
import { formatBytes, formatRate, formatShare } from './format'

it('sizes are told in the unit that fits', () => {
  const sizes = [0, 999, 1000, 12_345, 99_949, 999_499, 1_234_567, 89_000_000, 2.5e12]
  expect(sizes.map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '12.3 kB',
    '99.9 kB',
    '999 kB',
    '1.2 MB',
    '89.0 MB',
    '2.5 TB',
  ])
  expect(formatBytes(null)).toBe('–')
})

it('rates and shares keep digits that mean something', () => {
  expect([0, 0.25, 12.34, 403.2, 12345.6].map(formatRate)).toEqual([
    '0.00',
    '0.25',
    '12.3',
    '403',
    '12,346',
  ])
  expect([0, 0.00001, 0.0007, 0.5, 1].map(formatShare)).toEqual([
    '0.00%',
    '0.0010%',
    '0.07%',
    '50.00%',
    '100.00%',
  ])
  expect([formatRate(null), formatShare(null)]).toEqual(['–', '–'])
})
