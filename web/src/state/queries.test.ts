import { describe, expect, it } from 'vitest'
import { CatalogIndex } from '../catalog'
import { breakdownQuery, searchFilters, seriesQuery, tableQuery, type Asked } from './queries'
import { DEFAULT_VIEW, type View } from './url'

const period = {
  from: 0,
  to: 60_000,
  granularity: 'minute' as const,
  previous: null,
  previousLabel: '',
}
const asked = (view: Partial<View>): Asked => ({
  view: { ...DEFAULT_VIEW, ...view },
  period,
  zone: 'Europe/Berlin',
})

describe('what is asked for', () => {
  it('a breakdown shows the values that its own filter leaves out', () => {
    const filters = { device: ['tv'], country: ['DE'] }
    expect(breakdownQuery(asked({ filters }), 'device').filters).toEqual({ country: ['DE'] })
    expect(breakdownQuery(asked({ filters }), 'country').filters).toEqual({ device: ['tv'] })
  })

  it('the table has what it is sorted by, also where that is no column', () => {
    const sort = { by: 'roas' as const, change: false, descending: false }
    const query = tableQuery(asked({ columns: ['clicks'], sort, dimension: 'region' }), period)
    expect(query).toMatchObject({
      metrics: ['clicks', 'roas'],
      orderBy: 'roas',
      groupBy: ['country', 'region'],
      granularity: 'total',
    })
  })

  it('the largest rows are those to be ordered by their change', () => {
    const sort = { by: 'clicks' as const, change: true, descending: false }
    expect(tableQuery(asked({ sort }), period).orderBy).toBe('-clicks')
  })

  it('the series has all sums that quotients are made of', () => {
    const { metrics } = seriesQuery(asked({}), period)
    expect(metrics).toEqual(
      expect.arrayContaining(['impressions', 'clicks', 'spend', 'conversions', 'conversion_value']),
    )
  })
})

describe('searchFilters', () => {
  const catalog = new CatalogIndex({
    advertisers: [],
    campaigns: [
      { id: 7, name: 'Boots' },
      { id: 8, name: 'Rubber boots' },
    ],
    ad_groups: [],
    creatives: [],
  })

  it('goes through the catalog, within what is filtered by already', () => {
    const view = { ...DEFAULT_VIEW, search: 'boots' }
    expect(searchFilters(view, catalog)).toEqual({ campaign: ['7', '8'] })
    const within = { ...view, filters: { campaign: ['8'], device: ['tv'] } }
    expect(searchFilters(within, catalog)).toEqual({ campaign: ['8'], device: ['tv'] })
    expect(searchFilters({ ...view, dimension: 'device' }, catalog)).toBeNull()
    expect(searchFilters({ ...view, search: ' ' }, catalog)).toBeNull()
  })
})
