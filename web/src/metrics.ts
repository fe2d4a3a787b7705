/** The metrics of a report, as the API names them, and how each is shown. */

import type { ReportMetric } from './api'

export type MetricId = Exclude<ReportMetric, 'invalid_impressions' | 'invalid_conversions'>

/** money: in the account's currency; rate: a fraction, shown in percent; ratio: "3.2×". */
export type MetricKind = 'count' | 'money' | 'rate' | 'ratio'

export interface Metric {
  id: MetricId
  label: string
  kind: MetricKind
  help: string
  /** Whether more is better; null where neither direction is good news in itself. */
  moreIsBetter: boolean | null
  /** A quotient of two sums; without it the metric is a sum itself, or neither. */
  quotient?: Quotient
}

interface Quotient {
  of: MetricId
  by: MetricId
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
  metric('ctr', 'CTR', 'rate', 'Click-through rate: clicks divided by impressions', true, {
    of: 'clicks',
    by: 'impressions',
  }),
  metric('spend', 'Spend', 'money', 'What the counted events cost', null),
  metric('cpc', 'CPC', 'money', 'Cost per click: spend divided by clicks', false, {
    of: 'spend',
    by: 'clicks',
  }),
  metric('cpm', 'CPM', 'money', 'Cost per thousand impressions', false, {
    of: 'spend',
    by: 'impressions',
  }),
  metric('conversions', 'Conversions', 'count', 'Orders and sign-ups that came from a click', true),
  metric('cvr', 'CVR', 'rate', 'Conversion rate: conversions divided by clicks', true, {
    of: 'conversions',
    by: 'clicks',
  }),
  metric('cpa', 'CPA', 'money', 'Cost per conversion: spend divided by conversions', false, {
    of: 'spend',
    by: 'conversions',
  }),
  metric('conversion_value', 'Value', 'money', 'The value of the conversions', true),
  metric('roas', 'ROAS', 'ratio', 'Return on ad spend: conversion value divided by spend', true, {
    of: 'conversion_value',
    by: 'spend',
  }),
  metric(
    'invalid_clicks',
    'Invalid clicks',
    'count',
    'Clicks filtered out as invalid; never billed',
    null,
  ),
  metric(
    'duplicate_clicks',
    'Repeated clicks',
    'count',
    'Clicks that came again, as double clicks, reloads and retries do; never billed',
    null,
  ),
  metric(
    'gross_clicks',
    'Gross clicks',
    'count',
    'All clicks that were received: billable, invalid and repeated ones',
    null,
  ),
  metric(
    'invalid_click_rate',
    'Invalid rate',
    'rate',
    'The share of gross clicks that were filtered out as invalid',
    false,
    { of: 'invalid_clicks', by: 'gross_clicks' },
  ),
  metric(
    'duplicate_click_rate',
    'Repeat rate',
    'rate',
    'The share of gross clicks that had been counted before',
    null,
    { of: 'duplicate_clicks', by: 'gross_clicks' },
  ),
  metric(
    'conversions_by_click_time',
    'Conversions (by click)',
    'count',
    'Conversions counted at the time of the click that led to them',
    true,
  ),
  metric(
    'conversion_value_by_click_time',
    'Value (by click)',
    'money',
    'The value of conversions, at the time of the click that led to them',
    true,
  ),
  metric('reach', 'Reach', 'count', 'How many people saw the ads, estimated', true),
]

/** Shown only where the server's API has them. */
export const OPTIONAL: ReadonlySet<MetricId> = new Set(['reach'])

/** The big numbers, which are also what the chart can draw. */
export const HEADLINE: readonly MetricId[] = [
  'impressions',
  'clicks',
  'ctr',
  'spend',
  'conversions',
]

/** What is asked for over time: the headline and the sums that quotients are made of. */
export const OVER_TIME: readonly MetricId[] = [...HEADLINE, 'conversion_value', 'invalid_clicks']

const byId = new Map(METRICS.map((m) => [m.id as string, m]))

export function isMetricId(id: string): id is MetricId {
  return byId.has(id)
}

/** Whether the values of parts add up to that of the whole. */
export function isSum(id: MetricId): boolean {
  return id !== 'reach' && !metricOf(id).quotient
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
  quotient?: Quotient,
): Metric {
  return { id, label, kind, help, moreIsBetter, quotient }
}
