/** The metrics of a report, as the API names them, and how each is shown. */

export type MetricId =
  | 'impressions'
  | 'clicks'
  | 'invalid_clicks'
  | 'ctr'
  | 'spend'
  | 'cpc'
  | 'cpm'
  | 'conversions'
  | 'cvr'
  | 'cpa'
  | 'conversion_value'
  | 'roas'

/** money: in the account's currency; rate: a fraction, shown in percent; ratio: "3.2×". */
export type MetricKind = 'count' | 'money' | 'rate' | 'ratio'

export interface Metric {
  id: MetricId
  label: string
  kind: MetricKind
  help: string
  /** Whether more is better; null where neither direction is good news in itself. */
  moreIsBetter: boolean | null
}

export const METRICS: readonly Metric[] = [
  metric('impressions', 'Impressions', 'count', 'How often the ads were shown', true),
  metric(
    'clicks',
    'Clicks',
    'count',
    'Billable clicks: repeated and invalid ones are left out',
    true,
  ),
  metric('ctr', 'CTR', 'rate', 'Click-through rate: clicks divided by impressions', true),
  metric('spend', 'Spend', 'money', 'What the counted events cost', null),
  metric('cpc', 'CPC', 'money', 'Cost per click: spend divided by clicks', false),
  metric('cpm', 'CPM', 'money', 'Cost per thousand impressions', false),
  metric('conversions', 'Conversions', 'count', 'Orders and sign-ups that came from a click', true),
  metric('cvr', 'CVR', 'rate', 'Conversion rate: conversions divided by clicks', true),
  metric('cpa', 'CPA', 'money', 'Cost per conversion: spend divided by conversions', false),
  metric('conversion_value', 'Value', 'money', 'The value of the conversions', true),
  metric('roas', 'ROAS', 'ratio', 'Return on ad spend: conversion value divided by spend', true),
  metric(
    'invalid_clicks',
    'Invalid clicks',
    'count',
    'Clicks filtered out as invalid; never billed',
    null,
  ),
]

/** The big numbers, which are also what the chart can draw. */
export const HEADLINE: readonly MetricId[] = [
  'impressions',
  'clicks',
  'ctr',
  'spend',
  'conversions',
]

const byId = new Map(METRICS.map((m) => [m.id as string, m]))

export function isMetricId(id: string): id is MetricId {
  return byId.has(id)
}

export function metricOf(id: MetricId): Metric {
  return byId.get(id)!
}

function metric(
  id: MetricId,
  label: string,
  kind: MetricKind,
  help: string,
  moreIsBetter: boolean | null,
): Metric {
  return { id, label, kind, help, moreIsBetter }
}
