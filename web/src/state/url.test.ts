import { describe, expect, it } from 'vitest'
import { DEFAULT_VIEW, filterParams, formatView, parseView, withFilter, type View } from './url'

describe('the view in the address', () => {
  it('is empty for the default view', () => {
    expect(formatView(DEFAULT_VIEW)).toBe('')
    expect(parseView('')).toEqual(DEFAULT_VIEW)
  })

  it('comes back as it was written', () => {
    const view: View = {
      range: { kind: 'custom', from: Date.UTC(2026, 10, 1), to: Date.UTC(2026, 10, 2) },
      zoom: { from: Date.UTC(2026, 10, 1, 6), to: Date.UTC(2026, 10, 1, 9) },
      compare: 'year',
      dimension: 'region',
      filters: { campaign: ['7', '8'], country: ['US'] },
      chart: ['impressions', 'spend'],
      columns: ['clicks', 'roas'],
      sort: { by: 'clicks', change: true, descending: false },
      search: 'boots & <b>tents</b>',
      page: 3,
      live: false,
    }
    expect(parseView(formatView(view))).toEqual(view)
    for (const kind of ['1h', '3h', 'today', 'yesterday', '7d', '30d'] as const) {
      expect(parseView(formatView({ ...DEFAULT_VIEW, range: { kind } })).range).toEqual({ kind })
    }
  })

  it('uses the names of the API for filters', () => {
    const query = formatView({ ...DEFAULT_VIEW, filters: { ad_group: ['70', '71'] } })
    expect(query).toBe('?ad_group_id=70,71')
  })

  it('ignores what it cannot understand', () => {
    const mangled =
      '?range=9y&by=shoe&page=-1&chart=,x&columns=&sort=-up&from=2026-11-02&to=2026-11-01&device=,&zoom=7,x&compare=me'
    expect(parseView(mangled)).toEqual(DEFAULT_VIEW)
  })
})

describe('filters', () => {
  it('are set, replaced and removed without touching the others', () => {
    const one = withFilter({ device: ['tv'] }, 'campaign', ['7'])
    expect(one).toEqual({ device: ['tv'], campaign: ['7'] })
    expect(withFilter(one, 'device', [])).toEqual({ campaign: ['7'] })
    expect(filterParams(one)).toEqual({ device: ['tv'], campaign_id: ['7'] })
  })
})
