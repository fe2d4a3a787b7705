/** The numbers of the operator's page, made from what the server answers. */

import { MINUTE } from '../time'
import type { Ledger, LedgerSums, PartitionLag, Rejection } from './api'

export interface RateBar {
  /** The minute's start, in milliseconds since the epoch. */
  time: number
  /** Events a second; null where nothing is known yet. */
  rate: number | null
  /** Whether all events of the minute are in. */
  complete: boolean
}

/** `count` minutes up to the one that holds `completeTo`; those that nothing came in are 0. */
export function rateBars(ledger: Ledger, completeTo: number, count: number): RateBar[] {
  const received = new Map(ledger.minutes.map((m) => [Date.parse(m.minute), m.received]))
  const last = Math.floor(completeTo / MINUTE) * MINUTE
  return Array.from({ length: count }, (_, i) => {
    const time = last - (count - 1 - i) * MINUTE
    const seconds = Math.min(MINUTE, completeTo - time) / 1000
    const events = received.get(time) ?? 0
    // A fraction of a second says nothing about a rate.
    const rate = seconds >= 1 ? events / seconds : null
    return { time, rate, complete: seconds * 1000 === MINUTE }
  })
}

/** Events a second over the last minute and what has come of the next one; null while unknown. */
export function currentRate(ledger: Ledger, completeTo: number): number | null {
  if (Number.isNaN(completeTo)) return null
  const from = Math.floor(completeTo / MINUTE) * MINUTE - MINUTE
  const events = ledger.minutes
    .filter((m) => Date.parse(m.minute) >= from && Date.parse(m.minute) < completeTo)
    .reduce((sum, m) => sum + m.received, 0)
  return events / ((completeTo - from) / 1000)
}

export function duplicateShare({ received, duplicate }: LedgerSums): number | null {
  return received ? duplicate / received : null
}

/** Records that wait in the log, and the partition that is furthest behind. */
export function lagOf(partitions: readonly PartitionLag[]): { records: number; slowest: number } {
  const records = partitions.reduce((sum, p) => sum + p.lag_records, 0)
  const behind = (p: PartitionLag) => p.lag_seconds ?? Infinity
  const slowest = [...partitions].sort((a, b) => behind(b) - behind(a))[0]?.partition ?? 0
  return { records, slowest }
}

/** The minutes whose events do not add up. */
export function unbalanced(ledger: Ledger): Ledger['minutes'] {
  return ledger.minutes.filter((m) => m.difference !== 0)
}

/** The field that a reason is about ("country: expected …"), or all of it. */
export function reasonKey(reason: string): string {
  const field = /^([a-z_]+)(?::| is missing)/.exec(reason)
  return field ? field[1]! : reason
}

/** What most of the rejections are about, the most frequent first. */
export function reasons(rejections: readonly Rejection[]): { reason: string; count: number }[] {
  const counts = new Map<string, number>()
  for (const { reason } of rejections) {
    const key = reasonKey(reason)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason))
}

/** Where a click leads: the landing page with the click's id, as the edge makes it. */
export function withClickId(url: string, id: string): string {
  const hash = url.indexOf('#')
  const before = hash < 0 ? url : url.slice(0, hash)
  const after = hash < 0 ? '' : url.slice(hash)
  const joint = !before.includes('?') ? '?' : /[?&]$/.test(before) ? '' : '&'
  return `${before}${joint}click_id=${id}${after}`
}

/** "0.25" as 250000; null for what is no amount. */
export function toMicros(text: string): number | null {
  const parts = /^(\d{1,7})(?:\.(\d{0,6}))?$/.exec(text.trim())
  if (!parts) return null
  return Number(parts[1]) * 1e6 + Number((parts[2] ?? '').padEnd(6, '0'))
}

/** A link and its pixel, as they stand in a page. */
export function linkMarkup(clickUrl: string, impressionUrl: string): string {
  const attribute = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  return `<a href="${attribute(clickUrl)}">…</a>\n<img src="${attribute(impressionUrl)}" width="1" height="1" alt="">`
}
