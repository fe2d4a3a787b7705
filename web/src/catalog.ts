import type { Catalog, CatalogItem } from './api'
import {
  CATALOG_DIMENSIONS,
  isCatalogDimension,
  UNKNOWN_PLACE,
  type CatalogDimension,
  type DimensionId,
} from './dimensions'
import { countryName } from './format'
import { browserTimeZone, isTimeZone } from './time'

interface Entry {
  name: string
  advertiser?: number
  campaign?: number
  group?: number
}

/** What a campaign, an ad group or a creative belongs to, from the outside in. */
export type Ancestors = { dimension: CatalogDimension; value: string }[]

const deviceNames: Record<string, string> = {
  desktop: 'Desktop',
  mobile: 'Mobile',
  tablet: 'Tablet',
  tv: 'TV',
  other: 'Other',
}

/** What the catalog knows, by id. Names come from users: they are text, never markup. */
export class CatalogIndex {
  private readonly entries: Record<CatalogDimension, Map<string, Entry>>
  private readonly currencies: Map<number, string>
  /** The account's time zone; the browser's where the advertisers have several or none. */
  readonly timeZone: string

  constructor(readonly catalog: Catalog) {
    const index = (items: CatalogItem[], advertiserOf: (i: CatalogItem) => number | undefined) => {
      return new Map(
        items.map((i): [string, Entry] => [
          String(i.id),
          {
            name: i.name,
            advertiser: advertiserOf(i),
            campaign: i.campaign_id,
            group: i.ad_group_id,
          },
        ]),
      )
    }
    const campaigns = index(catalog.campaigns, (i) => i.advertiser_id)
    const ofCampaign = (id?: number) => campaigns.get(String(id))?.advertiser
    const groups = index(catalog.ad_groups, (i) => i.advertiser_id ?? ofCampaign(i.campaign_id))
    const ofGroup = (id?: number) => groups.get(String(id))
    this.entries = {
      advertiser: index(catalog.advertisers, (i) => i.id),
      campaign: campaigns,
      ad_group: groups,
      creative: index(
        catalog.creatives.map((i) => ({
          ...i,
          campaign_id: i.campaign_id ?? ofGroup(i.ad_group_id)?.campaign,
        })),
        (i) => i.advertiser_id ?? ofCampaign(i.campaign_id) ?? ofGroup(i.ad_group_id)?.advertiser,
      ),
    }
    this.currencies = new Map(
      catalog.advertisers.filter((a) => a.currency).map((a) => [a.id, a.currency!]),
    )
    const zones = new Set(catalog.advertisers.map((a) => a.time_zone))
    const zone = zones.size === 1 ? [...zones][0] : undefined
    this.timeZone = zone && isTimeZone(zone) ? zone : browserTimeZone()
  }

  /** The name of a value; undefined where only its id or code is known. */
  name(dimension: DimensionId, value: string): string | undefined {
    if (isCatalogDimension(dimension)) return this.entries[dimension].get(value)?.name || undefined
    if (value === UNKNOWN_PLACE) return 'Unknown'
    if (dimension === 'country') return countryName(value)
    return dimension === 'device' ? deviceNames[value] : undefined
  }

  label(dimension: DimensionId, value: string): string {
    return this.name(dimension, value) ?? (isCatalogDimension(dimension) ? `#${value}` : value)
  }

  /**
   * Where the value belongs: a creative's ad group and campaign, an ad group's campaign, a campaign's
   * advertiser if there are several.
   */
  parent(dimension: DimensionId, value: string): string | undefined {
    if (!isCatalogDimension(dimension)) return undefined
    const entry = this.entries[dimension].get(value)
    if (!entry) return undefined
    if (dimension === 'ad_group' || dimension === 'creative') {
      const inside = this.ancestors(dimension, value).filter((a) => a.dimension !== 'advertiser')
      const names = inside.map((a) => this.label(a.dimension, a.value))
      return names.reverse().join(' · ') || undefined
    }
    if (dimension === 'campaign' && this.catalog.advertisers.length > 1) {
      return entry.advertiser === undefined
        ? undefined
        : this.label('advertiser', String(entry.advertiser))
    }
    return undefined
  }

  ancestors(dimension: CatalogDimension, value: string): Ancestors {
    const entry = this.entries[dimension].get(value)
    const all = [
      { dimension: 'advertiser' as const, id: entry?.advertiser },
      { dimension: 'campaign' as const, id: entry?.campaign },
      { dimension: 'ad_group' as const, id: entry?.group },
    ]
    const outer = all.slice(0, CATALOG_DIMENSIONS.indexOf(dimension))
    return outer.flatMap((a) =>
      a.id === undefined ? [] : [{ dimension: a.dimension, value: String(a.id) }],
    )
  }

  /** The currency of one row; undefined when it is not known. */
  currencyOf(dimension: DimensionId, value: string): string | undefined {
    if (!isCatalogDimension(dimension)) return undefined
    return this.currencies.get(this.entries[dimension].get(value)?.advertiser ?? NaN)
  }

  /** The one currency of everything that passes the filters; undefined when there are several. */
  currencyWithin(filters: Partial<Record<DimensionId, readonly string[]>>): string | undefined {
    const usual = single(this.catalog.advertisers.map((a) => a.currency))
    for (const dimension of ['creative', 'ad_group', 'campaign', 'advertiser'] as const) {
      const values = filters[dimension]
      if (values?.length) return single(values.map((v) => this.currencyOf(dimension, v) ?? usual))
    }
    return usual
  }

  /** The ids whose name or number contains the text, at most `limit`. */
  search(dimension: CatalogDimension, text: string, limit: number): string[] {
    const needle = text.trim().toLowerCase()
    const found: string[] = []
    for (const [id, entry] of this.entries[dimension]) {
      if (found.length === limit) break
      if (id.includes(needle) || entry.name.toLowerCase().includes(needle)) found.push(id)
    }
    return found
  }
}

function single(values: (string | undefined)[]): string | undefined {
  const distinct = new Set(values)
  return distinct.size === 1 ? [...distinct][0] : undefined
}
