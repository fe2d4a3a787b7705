import { expect, it } from 'vitest'
import { bodyOf, nextId, parentId, parentKind, searchEntities } from './entities'

const catalog = {
  advertisers: [{ id: 1, name: 'Acme', time_zone: 'UTC', currency: 'EUR' }],
  campaigns: [
    { id: 10, advertiser_id: 1, name: 'Spring 10' },
    { id: 12, advertiser_id: 1, name: 'spring 2' },
    { id: 11, advertiser_id: 1, name: '<b>Bold</b>' },
  ],
  ad_groups: [{ id: 100, advertiser_id: 1, campaign_id: 10, name: 'G' }],
  creatives: [
    {
      id: 1000,
      ad_group_id: 100,
      campaign_id: 10,
      name: 'C',
      landing_url: 'https://Shop.example/',
    },
  ],
}

it('what is searched for may be a name, an id or a landing page', () => {
  const found = (kind: 'campaign' | 'creative', text: string) =>
    searchEntities(catalog, kind, text).map((e) => e.id)
  expect(found('campaign', '')).toEqual([11, 12, 10])
  expect(found('campaign', ' SPRING')).toEqual([12, 10])
  expect(found('campaign', '<B>')).toEqual([11])
  expect(found('campaign', '11')).toEqual([11])
  expect(found('creative', 'shop.ex')).toEqual([1000])
  expect(found('creative', 'none')).toEqual([])
})

it('an entity knows where it belongs', () => {
  expect(parentKind('advertiser')).toBeNull()
  expect(parentKind('creative')).toBe('ad_group')
  expect(parentId('creative', catalog.creatives[0]!)).toBe(100)
  expect(parentId('campaign', catalog.campaigns[0]!)).toBe(1)
  expect(bodyOf('ad_group', catalog.ad_groups[0]!)).toEqual({ ad_groups: catalog.ad_groups })
})

it('a new id is free', () => {
  expect(nextId(catalog, 'campaign')).toBe(13)
  expect(nextId({ ...catalog, campaigns: [] }, 'campaign')).toBe(1)
})
