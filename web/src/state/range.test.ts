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
    expect(new Date(period.previous!.from).toISOString()).toBe('2026-10-24T22:00:00.000Z')
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
  })
})

describe('the comparison', () => {
  const iso = (t: number) => new Date(t).toISOString().slice(0, 16)
  const spans = (period: ReturnType<typeof resolve>) => [
    `${iso(period.from)}/${iso(period.to)}`,
    period.previous && `${iso(period.previous.from)}/${iso(period.previous.to)}`,
  ]

  it('sets days against days', () => {
    expect(spans(resolve({ kind: 'yesterday' }, now, zone))).toEqual([
      '2026-11-22T23:00/2026-11-23T23:00',
      '2026-11-21T23:00/2026-11-22T23:00',
    ])
    const month = resolve({ kind: '30d' }, now, zone)
    expect(month.granularity).toBe('day')
    expect(spans(month)).toEqual([
      '2026-10-25T23:00/2026-11-24T23:00',
      '2026-09-25T22:00/2026-10-25T23:00',
    ])
    const whole = { from: Date.parse('2026-10-24T22:00Z'), to: Date.parse('2026-10-25T23:00Z') }
    expect(spans(resolve({ kind: 'custom', ...whole }, now, zone))[1]).toBe(
      '2026-10-23T22:00/2026-10-24T22:00',
    )
  })

  it('can be the year before, where minutes are not needed, or none', () => {
    expect(spans(resolve({ kind: 'yesterday' }, now, zone, 'year'))[1]).toBe(
      '2025-11-22T23:00/2025-11-23T23:00',
    )
    expect(resolve({ kind: '30m' }, now, zone, 'year')).toEqual(resolve({ kind: '30m' }, now, zone))
    expect(resolve({ kind: 'today' }, now, zone, 'off').previous).toBeNull()
  })

  it('of a zoomed part is the same part of the comparison', () => {
    const zoom = { from: Date.parse('2026-11-24T08:00Z'), to: Date.parse('2026-11-24T10:00Z') }
    const period = resolve({ kind: 'today' }, now, zone, 'previous', zoom)
    expect(period.granularity).toBe('minute')
    expect(period.previousLabel).toBe('yesterday at this time')
    expect(spans(period)).toEqual([
      '2026-11-24T08:00/2026-11-24T10:00',
      '2026-11-23T08:00/2026-11-23T10:00',
    ])
    expect(resolve({ kind: 'today' }, now, zone, 'off', zoom).previous).toBeNull()
  })

  it('takes whole hours and days where the minutes are gone', () => {
    const old = { from: Date.parse('2026-11-10T08:10Z'), to: Date.parse('2026-11-10T09:20Z') }
    const period = resolve({ kind: 'custom', ...old }, now, zone)
    expect(period.granularity).toBe('hour')
    expect(spans(period)[0]).toBe('2026-11-10T08:00/2026-11-10T10:00')
    const long = { from: Date.parse('2026-10-01T08:10Z'), to: Date.parse('2026-11-20T09:20Z') }
    expect(spans(resolve({ kind: 'custom', ...long }, now, zone))).toEqual([
      '2026-09-30T22:00/2026-11-20T23:00',
      '2026-08-10T22:00/2026-09-30T22:00',
    ])
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
