/**
 * When reach can be asked for. It is counted by quarters of an hour, of advertisers and campaigns;
 * the server refuses anything else, and with it the whole report.
 */

import { MINUTE } from '../time'
import { DIMENSIONS } from '../dimensions'
import type { Period, Span } from './range'
import type { View } from './url'

const QUARTER = 15 * MINUTE
/** They end with the minute that is under way. */
const BY_THE_MINUTE: ReadonlySet<string> = new Set(['30m', '1h', '3h'])

/** Why there is no reach in this view, in a sentence; empty when there is. */
export function whyNoReach(view: View, period: Period): string {
  const other = DIMENSIONS.find(
    (d) => !isCounted(d.id) && (d.id === view.dimension || view.filters[d.id]?.length),
  )
  if (other) {
    return `Reach is counted by advertiser and campaign, not by ${other.label.toLowerCase()}.`
  }
  const moving = !view.zoom && BY_THE_MINUTE.has(view.range.kind)
  if (moving || !onQuarters(period) || (period.previous && !onQuarters(period.previous))) {
    return 'Reach is counted by quarters of an hour: choose Today, 7 days, or times on the quarter.'
  }
  return ''
}

function isCounted(dimension: string): boolean {
  return dimension === 'advertiser' || dimension === 'campaign'
}

function onQuarters({ from, to }: Span): boolean {
  return from % QUARTER === 0 && to % QUARTER === 0
}
