/** What the operator's page shows, as it is written into the address. */

import { isCatalogDimension, isDimensionId, type CatalogDimension } from '../dimensions'

export const TABS = ['health', 'keys', 'catalog', 'links'] as const
export type Tab = (typeof TABS)[number]

export interface OperatorView {
  tab: Tab
  /** Of the catalog: what is listed, what is searched for, and the page from 1. */
  kind: CatalogDimension
  search: string
  page: number
  /** Of the links: the creative that they are for. */
  creative: number | null
}

export const DEFAULT_VIEW: OperatorView = {
  tab: 'health',
  kind: 'campaign',
  search: '',
  page: 1,
  creative: null,
}

/** What cannot be understood is ignored. */
export function parseView(query: string): OperatorView {
  const params = new URLSearchParams(query)
  const tab = TABS.find((t) => t === params.get('tab'))
  const kind = params.get('kind') ?? ''
  return {
    tab: tab ?? DEFAULT_VIEW.tab,
    kind: isDimensionId(kind) && isCatalogDimension(kind) ? kind : DEFAULT_VIEW.kind,
    search: params.get('q') ?? '',
    page: positive(params.get('page')) ?? 1,
    creative: positive(params.get('creative_id')),
  }
}

/** With a leading "?". */
export function formatView(view: OperatorView): string {
  const params = new URLSearchParams({ view: 'operator' })
  if (view.tab !== DEFAULT_VIEW.tab) params.set('tab', view.tab)
  if (view.tab === 'catalog') {
    if (view.kind !== DEFAULT_VIEW.kind) params.set('kind', view.kind)
    if (view.search) params.set('q', view.search)
    if (view.page > 1) params.set('page', String(view.page))
  }
  if (view.tab === 'links' && view.creative) params.set('creative_id', String(view.creative))
  return `?${params}`
}

function positive(text: string | null): number | null {
  const number = Number(text)
  return Number.isInteger(number) && number > 0 ? number : null
}
