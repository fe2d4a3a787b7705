import { describe, expect, it } from 'vitest'
import type { Ledger } from './api'
import {
  currentRate,
  duplicateShare,
  lagOf,
  linkMarkup,
  rateBars,
  reasons,
  toMicros,
  unbalanced,
  withClickId,
} from './figures'

const noon = Date.parse('2026-11-24T12:00:00Z')
const none = { counted: 0, duplicate: 0, invalid: { bot: 0 }, late: 0, rejected: 0, difference: 0 }

function ledger(received: Record<string, number>): Ledger {
  const minutes = Object.entries(received).map(([minute, count]) => ({
    ...none,
    minute: `2026-11-24T${minute}:00Z`,
    received: count,
  }))
  return { minutes, totals: { ...none, received: 0 } }
}

describe('rates', () => {
  const events = ledger({ '11:57': 600, '11:59': 1200, '12:00': 100 })

  it('are by minute, of the last one as far as it has come', () => {
    const bars = rateBars(events, noon + 10_000, 4)
    expect(bars.map((b) => b.rate)).toEqual([10, 0, 20, 10])
    expect(bars.map((b) => b.complete)).toEqual([true, true, true, false])
    expect(bars.at(-1)!.time).toBe(noon)
    expect(rateBars(events, noon + 200, 2).at(-1)!.rate).toBeNull()
  })

  it('of now are of the last minute and what has come since', () => {
    expect(currentRate(events, noon + 10_000)).toBeCloseTo(1300 / 70)
    expect(currentRate(events, noon)).toBe(1200 / 60)
    expect(currentRate(events, NaN)).toBeNull()
  })
})

describe('the ledger', () => {
  it('has shares only where something came', () => {
    expect(duplicateShare({ ...none, received: 200, duplicate: 3 })).toBe(0.015)
    expect(duplicateShare({ ...none, received: 0 })).toBeNull()
  })

  it('names the minutes that do not add up', () => {
    const events = ledger({ '11:57': 1, '11:58': 2, '11:59': 3 })
    expect(unbalanced(events)).toEqual([])
    events.minutes[1]!.difference = -2
    expect(unbalanced(events).map((m) => m.minute)).toEqual(['2026-11-24T11:58:00Z'])
  })
})

it('the slowest partition is the one that nobody knows of', () => {
  const partition = (n: number, lag_seconds: number | null, lag_records: number) => ({
    partition: n,
    complete_to: null,
    lag_seconds,
    lag_records,
  })
  const partitions = [partition(0, 1, 5), partition(1, 9, 2), partition(2, 3, 0)]
  expect(lagOf(partitions)).toEqual({ records: 7, slowest: 1 })
  expect(lagOf([...partitions, partition(3, null, 0)]).slowest).toBe(3)
  expect(lagOf([])).toEqual({ records: 0, slowest: 0 })
})

it('reasons are gathered by what they are about', () => {
  const rejections = [
    'country: expected two letters, got "USA"',
    'country: expected two letters, got "<b>"',
    'campaign_id is missing or out of its range',
    'the bytes of the event are not Protobuf',
  ].map((reason) => ({ time: '', source: 'log' as const, place: '', reason, event: '' }))
  expect(reasons(rejections)).toEqual([
    { reason: 'country', count: 2 },
    { reason: 'campaign_id', count: 1 },
    { reason: 'the bytes of the event are not Protobuf', count: 1 },
  ])
})

it('a landing page gets the id of the click as the edge gives it', () => {
  const cases = {
    'https://s.example': 'https://s.example?click_id=T',
    'https://s.example/p': 'https://s.example/p?click_id=T',
    'https://s.example/p?a=1': 'https://s.example/p?a=1&click_id=T',
    'https://s.example/p?': 'https://s.example/p?click_id=T',
    'https://s.example/p?a=1&': 'https://s.example/p?a=1&click_id=T',
    'https://s.example/p#top': 'https://s.example/p?click_id=T#top',
    'https://s.example/p?a=1#top?x': 'https://s.example/p?a=1&click_id=T#top?x',
    'https://s.example/p#a?b': 'https://s.example/p?click_id=T#a?b',
  }
  for (const [url, expected] of Object.entries(cases)) expect(withClickId(url, 'T')).toBe(expected)
})

it('amounts are exact', () => {
  expect(['0.25', '0', '1', '12.', '0.000001', '1234567.999999'].map(toMicros)).toEqual([
    250000, 0, 1000000, 12000000, 1, 1234567999999,
  ])
  expect(['', '-1', '1e3', '0,25', '.5', '0.0000001', 'x'].map(toMicros)).toEqual(
    Array(7).fill(null),
  )
})

it('markup stays within its attributes', () => {
  expect(linkMarkup('https://t.example/c/a"b&c', 'https://t.example/i/x.gif')).toBe(
    '<a href="https://t.example/c/a&quot;b&amp;c">…</a>\n' +
      '<img src="https://t.example/i/x.gif" width="1" height="1" alt="">',
  )
})
