import { describe, expect, it } from 'vitest'
import { resolve, type Range } from './range'
import { whyNoReach } from './reach'
import { DEFAULT_VIEW, type View } from './url'

const MINUTE = 60_000
const noon = Date.parse('2026-11-24T12:00:00Z')

function why(patch: Partial<View>, now = noon + 7 * MINUTE, zone = 'Europe/Berlin'): string {
  const view = { ...DEFAULT_VIEW, ...patch }
  return whyNoReach(view, resolve(view.range, now, zone, view.compare, view.zoom))
}

const custom = (from: number, to: number): Range => ({
  kind: 'custom',
  from: noon + from * MINUTE,
  to: noon + to * MINUTE,
})

describe('whyNoReach', () => {
  it('is never there for what moves by the minute, also when it stands on a quarter', () => {
    for (const kind of ['30m', '1h', '3h'] as const) {
      for (const minute of [7, 14, 29]) {
        expect(why({ range: { kind } }, noon + minute * MINUTE)).toMatch(/quarters of an hour/)
      }
    }
  })

  it('is nothing for days and hours, in any zone', () => {
    for (const kind of ['today', 'yesterday', '7d', '30d'] as const) {
      for (const zone of ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Adelaide']) {
        for (const compare of ['previous', 'year', 'off'] as const) {
          expect(why({ range: { kind }, compare }, noon + 7 * MINUTE, zone)).toBe('')
        }
      }
    }
  })

  it('looks at the bounds of a chosen time, and of a part of it', () => {
    expect(why({ range: custom(-60, 0) })).toBe('')
    expect(why({ range: custom(-45, -15) })).toBe('')
    expect(why({ range: custom(-50, 0) })).toMatch(/quarters/)
    expect(why({ range: custom(-60, 5) })).toMatch(/quarters/)
    const zoom = (from: number, to: number) => ({
      from: noon + from * MINUTE,
      to: noon + to * MINUTE,
    })
    expect(why({ range: { kind: '3h' }, zoom: zoom(-60, -30) })).toBe('')
    expect(why({ range: { kind: 'today' }, zoom: zoom(-60, -31) })).toMatch(/quarters/)
  })

  it('looks at what it is compared with', () => {
    // Fifty minutes before a part that stands on quarters is inside of one.
    const zoom = { from: noon - 30 * MINUTE, to: noon - 15 * MINUTE }
    const range = custom(-50, 0)
    expect(why({ range, zoom })).toMatch(/quarters/)
    expect(why({ range, zoom, compare: 'off' })).toBe('')
  })

  it('is counted by advertiser and campaign alone', () => {
    const range: Range = { kind: 'today' }
    expect(why({ range, dimension: 'advertiser' })).toBe('')
    expect(why({ range, filters: { campaign: ['7'], advertiser: ['1'] } })).toBe('')
    expect(why({ range, dimension: 'ad_group' })).toMatch(/not by ad group/)
    expect(why({ range, filters: { device: ['tv'] } })).toMatch(/not by device/)
    expect(why({ range, filters: { device: [] } })).toBe('')
  })
})
