/** Where the filters have led: advertiser, campaign, ad group, creative. */

import type { CatalogIndex } from '../catalog'
import { CATALOG_DIMENSIONS, dimensionOf, type DimensionId } from '../dimensions'
import type { Filters } from './url'

export interface Step {
  label: string
  /** Where a click leads: the filters, and what the table then shows. */
  filters: Filters
  dimension: DimensionId
}

/** The steps from everything to what is chosen; the last one is where we are. */
export function pathOf(filters: Filters, catalog: CatalogIndex): Step[] {
  const levels = levelsOf(filters, catalog)
  const others = withoutHierarchy(filters)
  return levels.reduce<Step[]>(
    (steps, { dimension, values }) => [
      ...steps,
      {
        label:
          values.length === 1
            ? catalog.label(dimension, values[0]!)
            : `${values.length} ${dimensionOf(dimension).plural.toLowerCase()}`,
        filters: { ...steps.at(-1)!.filters, [dimension]: values },
        dimension: dimensionOf(dimension).next,
      },
    ],
    [rootOf(others, catalog)],
  )
}

function rootOf(filters: Filters, { catalog: { advertisers } }: CatalogIndex): Step {
  const several = advertisers.length > 1
  const label = several ? 'All advertisers' : (advertisers[0]?.name ?? 'Overview')
  return { label, filters, dimension: several ? 'advertiser' : 'campaign' }
}

/** The levels that are filtered by, and those that follow from the innermost of them. */
function levelsOf(filters: Filters, catalog: CatalogIndex) {
  const filtered = CATALOG_DIMENSIONS.filter((d) => filters[d]?.length)
  const innermost = filtered.at(-1)
  const values = innermost && filters[innermost]!
  const known = innermost && values?.length === 1 ? catalog.ancestors(innermost, values[0]!) : []
  return CATALOG_DIMENSIONS.flatMap((dimension) => {
    const own = filters[dimension]
    if (own?.length) return [{ dimension, values: own }]
    const ancestor = known.find((a) => a.dimension === dimension)
    if (!ancestor) return []
    // The only advertiser is where the path begins.
    if (dimension === 'advertiser' && catalog.catalog.advertisers.length <= 1) return []
    return [{ dimension, values: [ancestor.value] }]
  })
}

function withoutHierarchy(filters: Filters): Filters {
  const entries = Object.entries(filters).filter(
    ([dimension]) => !(CATALOG_DIMENSIONS as readonly string[]).includes(dimension),
  )
  return Object.fromEntries(entries)
}
