import { describe, expect, it } from 'vitest'
import type { Report } from '../api'
import { CatalogIndex } from '../catalog'
import { compareRows, keepOrder, searchRows, sortRows, toRows } from './rows'

const catalog = new CatalogIndex({
  advertisers: [
    { id: 1, name: 'Northwind', currency: 'EUR' },
    { id: 2, name: 'Halden', currency: 'USD' },
  ],
  campaigns: [
    { id: 7, advertiser_id: 1, name: 'Boots' },
    { id: 8, advertiser_id: 2, name: '<img src=x onerror=alert(1)>' },
  ],
  ad_groups: [{ id: 70, campaign_id: 7, name: 'Broad' }],
  creatives: [{ id: 700, ad_group_id: 70, name: 'Square' }],
})

const report: Report = {
  columns: ['campaign_id', 'clicks', 'ctr'],
  rows: [
    [7, 5, 0.1],
    [8, 9, null],
    [9, 5, 0.2],
  ],
  totals: {},
  truncated: false,
  freshness: null,
  exact: {},
  tiers: [],
}
const rows = toRows(report, 'campaign', catalog)
const keys = (list: typeof rows) => list.map((row) => row.key)

describe('toRows', () => {
  it('names what the catalog knows and numbers the rest', () => {
    expect(rows.map((r) => r.name)).toEqual(['Boots', '<img src=x onerror=alert(1)>', '#9'])
    expect(rows[0]!.detail).toBe('Northwind · #7')
    const creatives = { ...report, columns: ['creative_id', 'clicks'], rows: [[700, 1]] }
    expect(toRows(creatives, 'creative', catalog)[0]!.detail).toBe('Broad · Boots · #700')
    expect(rows[1]!.metrics).toEqual({ clicks: 9, ctr: null })
    expect(rows.map((r) => r.currency)).toEqual(['EUR', 'USD', undefined])
  })

  it('tells regions of the same code apart by country', () => {
    const regions: Report = {
      ...report,
      columns: ['country', 'region', 'clicks'],
      rows: [
        ['US', 'CA', 1],
        ['US', '', 2],
        ['', '', 3],
      ],
    }
    const [california, somewhere, nowhere] = toRows(regions, 'region', catalog)
    expect(california).toMatchObject({ key: 'US/CA', name: 'CA', detail: 'United States' })
    expect(somewhere).toMatchObject({ name: 'Unknown', detail: 'United States' })
    expect(nowhere).toMatchObject({ name: 'Unknown', detail: '' })
  })

  it('filters by unknown places with the word that the server takes', () => {
    const countries: Report = { ...report, columns: ['country', 'clicks'], rows: [['', 2]] }
    expect(toRows(countries, 'country', catalog)[0]).toMatchObject({
      key: 'unknown',
      values: [{ dimension: 'country', value: 'unknown' }],
      name: 'Unknown',
      detail: '',
    })
    expect(catalog.label('region', 'unknown')).toBe('Unknown')
  })
})

describe('the table', () => {
  it('sorts by value, then by name, and puts missing values last both ways', () => {
    expect(keys(sortRows(rows, { by: 'clicks', descending: true }))).toEqual(['8', '9', '7'])
    expect(keys(sortRows(rows, { by: 'ctr', descending: true }))).toEqual(['9', '7', '8'])
    expect(keys(sortRows(rows, { by: 'ctr', descending: false }))).toEqual(['7', '9', '8'])
  })

  it('searches names, ids and parents', () => {
    expect(keys(searchRows(rows, ' BOOT '))).toEqual(['7'])
    expect(keys(searchRows(rows, 'north'))).toEqual(['7'])
    expect(keys(searchRows(rows, '9'))).toEqual(['9'])
    expect(searchRows(rows, '')).toHaveLength(3)
  })

  it('keeps the order on the screen while it is held', () => {
    expect(keys(keepOrder(rows, ['9', '7']))).toEqual(['9', '7', '8'])
  })
})

describe('compareRows', () => {
  const earlier = toRows({ ...report, rows: [[7, 10, 0.2]] }, 'campaign', catalog)
  const half = () => 0.5
  const compared = (truncated: boolean) => compareRows(rows, { rows: earlier, truncated }, half)

  it('compares sums with what had come by now, quotients as they are', () => {
    const [boots] = compared(false)
    expect(boots!.before).toEqual({ clicks: 10, ctr: 0.2 })
    expect(boots!.changes.clicks).toBeCloseTo(0)
    expect(boots!.changes.ctr).toBeCloseTo(-0.5)
  })

  it('can be sorted by the change, what has none last', () => {
    const all = compareRows(
      rows,
      {
        rows: toRows(
          {
            ...report,
            rows: [
              [7, 10, 0],
              [8, 3, 0],
            ],
          },
          'campaign',
          catalog,
        ),
        truncated: true,
      },
      half,
    )
    const byChange = (descending: boolean) =>
      keys(sortRows(all, { by: 'clicks', change: true, descending }))
    expect(byChange(true)).toEqual(['8', '7', '9'])
    expect(byChange(false)).toEqual(['7', '8', '9'])
  })

  it('knows that a row is new only when all earlier ones are there', () => {
    expect(compared(false)[1]!.before).toEqual({ clicks: 0, ctr: null })
    expect(compared(true)[1]!.before).toBeNull()
    expect(compared(true)[1]!.changes.clicks).toBeNull()
  })
})

describe('currency', () => {
  it('is one only where all that is shown has the same', () => {
    expect(catalog.currencyWithin({})).toBeUndefined()
    expect(catalog.currencyWithin({ advertiser: ['2'] })).toBe('USD')
    expect(catalog.currencyWithin({ advertiser: ['1', '2'] })).toBeUndefined()
    expect(catalog.currencyWithin({ creative: ['700'] })).toBe('EUR')
  })
})
