/** The dimensions that a report can be grouped and filtered by. */

import type { ReportGroup } from './api'

export type DimensionId = ReportGroup

/** Filters by the absence of a country or region, which a report shows as an empty string. */
export const UNKNOWN_PLACE = 'unknown'

export interface Dimension {
  id: DimensionId
  label: string
  plural: string
  /** The column of a report and the parameter that filters by it. */
  column: string
  /** What to group by. Region codes mean something only together with their country. */
  groupBy: readonly DimensionId[]
  /** Where a click on a row leads: the next thing one wants to see. */
  next: DimensionId
}

export const DIMENSIONS: readonly Dimension[] = [
  dimension('advertiser', 'Advertiser', 'Advertisers', 'advertiser_id', 'campaign'),
  dimension('campaign', 'Campaign', 'Campaigns', 'campaign_id', 'ad_group'),
  dimension('ad_group', 'Ad group', 'Ad groups', 'ad_group_id', 'creative'),
  dimension('creative', 'Creative', 'Creatives', 'creative_id', 'device'),
  dimension('device', 'Device', 'Devices', 'device', 'campaign'),
  dimension('country', 'Country', 'Countries', 'country', 'region'),
  dimension('region', 'Region', 'Regions', 'region', 'campaign', ['country', 'region']),
]

/** The dimensions whose values are ids of the catalog. */
export const CATALOG_DIMENSIONS = ['advertiser', 'campaign', 'ad_group', 'creative'] as const
export type CatalogDimension = (typeof CATALOG_DIMENSIONS)[number]

export function isCatalogDimension(id: DimensionId): id is CatalogDimension {
  return (CATALOG_DIMENSIONS as readonly string[]).includes(id)
}

export function isDimensionId(id: string): id is DimensionId {
  return DIMENSIONS.some((d) => d.id === id)
}

export function dimensionOf(id: DimensionId): Dimension {
  return DIMENSIONS.find((d) => d.id === id)!
}

function dimension(
  id: DimensionId,
  label: string,
  plural: string,
  column: string,
  next: DimensionId,
  groupBy: readonly DimensionId[] = [id],
): Dimension {
  return { id, label, plural, column, groupBy, next }
}
