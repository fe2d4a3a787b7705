import { describe, expect, it } from 'vitest'
import type { Report } from '../api'
import { MINUTE } from '../time'
import { changeOf, completeCount, shareSoFar, toSeries } from './series'

const start = Date.parse('2026-11-24T12:00:00Z')
const zone = 'Europe/Berlin'
const metrics = ['impressions', 'clicks', 'ctr'] as const

function report(minutes: Record<number, [number, number]>, freshness?: number): Report {
  return {
    columns: ['time', 'impressions', 'clicks', 'ctr'],
    rows: Object.entries(minutes).map(([minute, [i, c]]) => [
      new Date(start + Number(minute) * MINUTE).toISOString(),
      i,
      c,
      i ? c / i : null,
    ]),
    totals: {},
    truncated: false,
    freshness: freshness === undefined ? null : new Date(freshness).toISOString(),
    exact: {},
    tiers: [],
  }
}

function span(minutes: number) {
  return { from: start, to: start + minutes * MINUTE, granularity: 'minute' as const }
}

describe('toSeries', () => {
  it('fills empty buckets: counts with 0, rates with nothing', () => {
    const series = toSeries(report({ 1: [10, 1] }), span(3), metrics, zone)
    expect(series.times).toEqual([start, start + MINUTE, start + 2 * MINUTE])
    expect(series.values.impressions).toEqual([0, 10, 0])
    expect(series.values.ctr).toEqual([null, 0.1, null])
  })

  it('ends where the numbers end, and says how far the last bucket has come', () => {
    const series = toSeries(report({ 0: [10, 1] }, start + 1.25 * MINUTE), span(5), metrics, zone)
    expect(series.times).toHaveLength(2)
    expect(series.covered).toEqual([1, 0.25])
    expect(completeCount(series)).toBe(1)
  })

  it('shows rows that are ahead of the freshness', () => {
    const series = toSeries(
      report({ 0: [10, 1], 2: [1, 0] }, start + MINUTE),
      span(5),
      metrics,
      zone,
    )
    expect(series.values.impressions).toEqual([10, 0, 1])
    expect(series.covered).toEqual([1, 0, 0])
  })

  it('fills empty days, also around the change of the clocks', () => {
    const days: Report = {
      columns: ['time', 'impressions'],
      rows: [
        ['2026-10-24T00:00:00+02:00', 1],
        ['2026-10-26T00:00:00+01:00', 3],
      ],
      totals: {},
      truncated: false,
      freshness: null,
      exact: {},
      tiers: [],
    }
    const from = Date.parse('2026-10-23T22:00:00Z')
    const to = Date.parse('2026-10-26T23:00:00Z')
    const series = toSeries(days, { from, to, granularity: 'day' }, ['impressions'], zone)
    expect(series.values.impressions).toEqual([1, 0, 3])
  })

  it('keeps the phase of hours in zones that are half an hour off', () => {
    const from = Date.parse('2026-11-23T18:30:00Z')
    const hours: Report = {
      columns: ['time', 'impressions'],
      rows: [['2026-11-23T19:30:00Z', 5]],
      totals: {},
      truncated: false,
      freshness: null,
      exact: {},
      tiers: [],
    }
    const to = from + 180 * MINUTE
    const series = toSeries(
      hours,
      { from, to, granularity: 'hour' },
      ['impressions'],
      'Asia/Kolkata',
    )
    expect(series.values.impressions).toEqual([0, 5, 0])
  })
})

describe('changeOf', () => {
  const before = toSeries(report({ 0: [10, 1], 1: [20, 1] }), span(2), metrics, zone)

  it('compares the sums', () => {
    const now = toSeries(report({ 0: [15, 3], 1: [30, 3] }), span(2), metrics, zone)
    expect(changeOf('impressions', now, before)).toBeCloseTo(0.5)
    expect(changeOf('ctr', now, before)).toBeCloseTo(1)
  })

  it('counts the previous period only as far as this one has come', () => {
    const now = toSeries(
      report({ 0: [10, 1], 1: [5, 1] }, start + 1.25 * MINUTE),
      span(2),
      metrics,
      zone,
    )
    expect(changeOf('impressions', now, before)).toBeCloseTo(0)
    expect(shareSoFar('impressions', now, before)).toBeCloseTo(15 / 30)
    expect(shareSoFar('impressions', before, before)).toBe(1)
  })

  it('makes quotients of the sums that it has', () => {
    expect(changeOf('cpc', before, before)).toBeNull()
    expect(changeOf('reach', before, before)).toBeNull()
  })

  it('has nothing to say where there was nothing', () => {
    const nothing = toSeries(report({}), span(2), metrics, zone)
    expect(changeOf('impressions', before, nothing)).toBeNull()
    expect(changeOf('ctr', before, nothing)).toBeNull()
    expect(changeOf('ctr', nothing, before)).toBeNull()
    expect(changeOf('impressions', nothing, before)).toBe(-1)
  })
})
