import { describe, expect, it } from 'vitest'
import { CatalogIndex } from '../catalog'
import { seriesCsv, tableCsv } from './export'
import type { TableRow } from './rows'
import type { Snapshot } from './snapshot'

const catalog = new CatalogIndex({
  advertisers: [],
  campaigns: [
    { id: 7, name: '=HYPERLINK("http://evil")' },
    { id: 8, name: 'Schuhe, "rot"' },
  ],
  ad_groups: [],
  creatives: [],
})

function row(id: string, clicks: number, before: number | null): TableRow {
  return {
    key: id,
    values: [{ dimension: 'campaign', value: id }],
    name: catalog.label('campaign', id),
    detail: '',
    currency: 'EUR',
    metrics: { clicks, ctr: null },
    before: before === null ? null : { clicks: before, ctr: null },
    changes: before ? { clicks: clicks / before - 1 } : {},
  }
}

describe('tableCsv', () => {
  it('has names that are no formulas, full numbers, and the comparison', () => {
    const rows = [row('7', 1234, 617), row('8', 5, null)]
    expect(tableCsv(rows, 'campaign', ['clicks', 'ctr'], 'clicks', catalog)).toBe(
      [
        'Campaign,campaign_id,belongs_to,currency,clicks,clicks_before,clicks_change,ctr',
        `"'=HYPERLINK(""http://evil"")",7,,EUR,1234,617,1,`,
        '"Schuhe, ""rot""",8,,EUR,5,,,',
        '',
      ].join('\r\n'),
    )
  })
})

describe('seriesCsv', () => {
  it('has the local time, the instant, and whether the numbers are complete', () => {
    const times = [Date.parse('2026-11-24T12:00Z'), Date.parse('2026-11-24T12:01Z')]
    const snapshot = {
      series: { times, values: { clicks: [3, 1] }, covered: [1, 0.5] },
      before: { times, values: { clicks: [2] }, covered: [1] },
    } as unknown as Snapshot
    expect(seriesCsv(snapshot, ['clicks'], 'Europe/Berlin')).toBe(
      [
        'Time in Europe/Berlin,time,clicks,clicks_before,complete',
        '2026-11-24 13:00,2026-11-24T12:00:00.000Z,3,2,true',
        '2026-11-24 13:01,2026-11-24T12:01:00.000Z,1,,false',
        '',
      ].join('\r\n'),
    )
  })
})
