/** The kinds of the catalog: where the API has them, and what belongs to each. */

import type { Catalog, CatalogItem } from '../api'
import type { CatalogDimension } from '../dimensions'

/** An advertiser, a campaign, an ad group or a creative, with whatever fields it has. */
export type Entity = CatalogItem & { time_zone?: string; currency?: string }

const collections = {
  advertiser: 'advertisers',
  campaign: 'campaigns',
  ad_group: 'ad_groups',
  creative: 'creatives',
} as const satisfies Record<CatalogDimension, keyof Catalog>

const parents: Record<CatalogDimension, CatalogDimension | null> = {
  advertiser: null,
  campaign: 'advertiser',
  ad_group: 'campaign',
  creative: 'ad_group',
}

export function entitiesOf(catalog: Catalog, kind: CatalogDimension): readonly Entity[] {
  return catalog[collections[kind]]
}

/** What an entity of this kind is in; null for advertisers. */
export function parentKind(kind: CatalogDimension): CatalogDimension | null {
  return parents[kind]
}

export function parentId(kind: CatalogDimension, entity: Entity): number | null {
  const parent = parents[kind]
  if (parent === null) return null
  return entity[`${parent}_id` as 'advertiser_id' | 'campaign_id' | 'ad_group_id'] ?? null
}

/** The body of POST /v1/catalog that adds or changes it. */
export function bodyOf(kind: CatalogDimension, entity: Entity): Partial<Catalog> {
  return { [collections[kind]]: [entity] }
}

/** An id that nothing of this kind has. */
export function nextId(catalog: Catalog, kind: CatalogDimension): number {
  return entitiesOf(catalog, kind).reduce((most, { id }) => Math.max(most, id), 0) + 1
}

/** Those whose name, id or landing page contains the text, by name. */
export function searchEntities(
  catalog: Catalog,
  kind: CatalogDimension,
  text: string,
): readonly Entity[] {
  const needle = text.trim().toLowerCase()
  const all = entitiesOf(catalog, kind)
  const found = needle
    ? all.filter(
        ({ id, name, landing_url }) =>
          String(id).includes(needle) ||
          name.toLowerCase().includes(needle) ||
          landing_url?.toLowerCase().includes(needle),
      )
    : [...all]
  const order = new Intl.Collator('en', { numeric: true })
  return found.sort((a, b) => order.compare(a.name, b.name) || a.id - b.id)
}
