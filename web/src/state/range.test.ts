import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../time'
import { resolve, wholeBuckets } from './range'

const zone = 'Europe/Berlin'
const now = Date.parse('2026-11-24T12:03:21Z')

describe('resolve', () => {
  it('ends the last minutes with the one that is running', () => {
    const period = resolve({ kind: '30m' }, now, zone)
    expect(new Date(period.to).toISOString()).toBe('2026-11-24T12:04:00.000Z')
    expect(period.to - period.from).toBe(30 * MINUTE)
    expect(period.previous).toEqual({ from: period.from - 30 * MINUTE, to: period.from })
    expect(period.granularity).toBe('minute')
  })

  it('starts today at midnight of the account and compares with yesterday', () => {
    const period = resolve({ kind: 'today' }, now, zone)
    expect(new Date(period.from).toISOString()).toBe('2026-11-23T23:00:00.000Z')
    expect(new Date(period.to).toISOString()).toBe('2026-11-24T13:00:00.000Z')
    expect(period.previous).toEqual({ from: period.from - DAY, to: period.to - DAY })
  })

  it('compares days of different lengths from their own midnights', () => {
    const period = resolve({ kind: 'today' }, Date.parse('2026-10-26T10:00Z'), zone)
    expect(new Date(period.previous.from).toISOString()).toBe('2026-10-24T22:00:00.000Z')
  })

  it('takes today into the last seven days', () => {
    const period = resolve({ kind: '7d' }, now, zone)
    expect(new Date(period.from).toISOString()).toBe('2026-11-17T23:00:00.000Z')
    expect(period.granularity).toBe('hour')
  })

  it('includes the very instant now, also on the border of a bucket', () => {
    const border = Date.parse('2026-11-24T12:00:00Z')
    for (const kind of ['30m', '3h', 'today', '7d'] as const) {
      expect(resolve({ kind }, border, zone).to).toBeGreaterThan(border)
    }
  })

  it('chooses the granularity of a custom range by its length', () => {
    const of = (length: number) =>
      resolve({ kind: 'custom', from: now - length, to: now }, now, zone)
    expect(of(6 * HOUR).granularity).toBe('minute')
    expect(of(7 * HOUR).granularity).toBe('hour')
    expect(of(30 * DAY).granularity).toBe('day')
    expect(of(DAY).open).toBe(false)
  })
})

describe('wholeBuckets', () => {
  const at = (text: string) => Date.parse(text)
  const iso = (range: number[]) => range.map((t) => new Date(t).toISOString().slice(0, 16))

  it('leaves short ranges alone and widens long ones', () => {
    expect(iso(wholeBuckets(at('2026-11-24T10:05Z'), at('2026-11-24T10:35Z'), zone))).toEqual([
      '2026-11-24T10:05',
      '2026-11-24T10:35',
    ])
    expect(
      iso(wholeBuckets(at('2026-11-24T10:05Z'), at('2026-11-25T10:00Z'), 'Asia/Kolkata')),
    ).toEqual(['2026-11-24T09:30', '2026-11-25T10:30'])
    expect(iso(wholeBuckets(at('2026-10-01T10:05Z'), at('2026-11-20T00:00Z'), zone))).toEqual([
      '2026-09-30T22:00',
      '2026-11-20T23:00',
    ])
  })

  it('does not widen what is whole', () => {
    const whole = [at('2026-09-30T22:00Z'), at('2026-11-20T23:00Z')] as const
    expect(wholeBuckets(...whole, zone)).toEqual([...whole])
  })
})
