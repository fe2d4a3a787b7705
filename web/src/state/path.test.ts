import { describe, expect, it } from 'vitest'
import { CatalogIndex } from '../catalog'
import { pathOf } from './path'

const catalog = new CatalogIndex({
  advertisers: [
    { id: 1, name: 'Northwind' },
    { id: 2, name: 'Halden' },
  ],
  campaigns: [{ id: 7, advertiser_id: 1, name: 'Boots' }],
  ad_groups: [{ id: 70, campaign_id: 7, name: 'Broad' }],
  creatives: [{ id: 700, ad_group_id: 70, name: 'Square' }],
})
const labels = (filters: Parameters<typeof pathOf>[0], index = catalog) =>
  pathOf(filters, index).map((step) => step.label)

describe('pathOf', () => {
  it('leads to a creative over everything that it belongs to', () => {
    const path = pathOf({ creative: ['700'], device: ['tv'] }, catalog)
    expect(path.map((s) => s.label)).toEqual([
      'All advertisers',
      'Northwind',
      'Boots',
      'Broad',
      'Square',
    ])
    expect(path[2]).toEqual({
      label: 'Boots',
      filters: { device: ['tv'], advertiser: ['1'], campaign: ['7'] },
      dimension: 'ad_group',
    })
    expect(path[0]!.filters).toEqual({ device: ['tv'] })
  })

  it('begins with the only advertiser', () => {
    const one = new CatalogIndex({
      ...catalog.catalog,
      advertisers: [{ id: 1, name: 'Northwind' }],
    })
    expect(labels({}, one)).toEqual(['Northwind'])
    expect(labels({ ad_group: ['70'] }, one)).toEqual(['Northwind', 'Boots', 'Broad'])
  })

  it('counts several, and knows nothing about what the catalog does not have', () => {
    expect(labels({ campaign: ['7', '8'] })).toEqual(['All advertisers', '2 campaigns'])
    expect(labels({ campaign: ['99'] })).toEqual(['All advertisers', '#99'])
  })
})
