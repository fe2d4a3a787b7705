import { expect, it } from 'vitest'
import { DEFAULT_VIEW, formatView, parseView } from './url'

it('an address shows the same again', () => {
  const views = [
    DEFAULT_VIEW,
    { ...DEFAULT_VIEW, tab: 'keys' as const },
    {
      ...DEFAULT_VIEW,
      tab: 'catalog' as const,
      kind: 'creative' as const,
      search: '<b>&=x',
      page: 3,
    },
    { ...DEFAULT_VIEW, tab: 'links' as const, creative: 700 },
  ]
  for (const view of views) expect(parseView(formatView(view))).toEqual(view)
  expect(formatView(DEFAULT_VIEW)).toBe('?view=operator')
})

it('what cannot be understood is ignored', () => {
  expect(parseView('?tab=none&kind=device&page=-1&creative_id=x')).toEqual(DEFAULT_VIEW)
})
