/** The calls of the API that only administrators may make. */

import { ApiError, type Api, type Catalog } from '../api'

export interface LedgerSums {
  received: number
  counted: number
  duplicate: number
  invalid: { bot: number }
  late: number
  rejected: number
  /** What is missing, or was made up; 0 while all is well. */
  difference: number
}

export interface Ledger {
  minutes: (LedgerSums & { minute: string })[]
  totals: LedgerSums
}

export interface PartitionLag {
  partition: number
  complete_to: string | null
  lag_seconds: number | null
  lag_records: number
}

export interface PartitionFreshness {
  complete_to: string | null
  lag_seconds: number | null
  partitions: PartitionLag[]
}

export interface TierState {
  name: string
  from: string | null
  rolled_up_to: string | null
  final_to: string | null
}

export interface ArchivedMonth {
  /** "2026-08" */
  month: string
  days: number
  files: number
  rows: number
  bytes: number
}

export interface MaintenanceState {
  passes: number
  failed_passes: number
  last_ended: string | null
  last_seconds: number
  problems: string[]
}

export interface Rejection {
  time: string
  source: 'edge' | 'log'
  place: string
  reason: string
  event: string
}

export interface Status {
  time: string
  /** Of the last 24 hours. */
  ledger: LedgerSums
  tiers: TierState[]
  archive: ArchivedMonth[]
  /** Null when the process that answers does none. */
  maintenance: MaintenanceState | null
  rejections: { refused_by_edge: number; recent: Rejection[] } | null
}

export interface KeptSize {
  name: string
  rows: number
  bytes: number
}

export interface Storage {
  kept: KeptSize[]
  store_bytes: number
  archive_bytes: number
  /** Null when the log is elsewhere. */
  log_bytes: number | null
  events: number
  bytes_per_event: number | null
}

export type KeyRole = 'admin' | 'advertiser' | 'ingest'

export interface Key {
  id: string
  role: KeyRole
  advertiser_id: number | null
  label: string
  created_at: string
}

export interface NewKey {
  role: KeyRole
  advertiser_id?: number
  label?: string
}

export interface NewLink {
  advertiser_id: number
  campaign_id: number
  ad_group_id: number
  creative_id: number
  landing_url?: string
  click_cost_micros: number
  impression_cost_micros: number
  device?: string
  country?: string
  region?: string
  expires_in_s?: number
}

export interface Links {
  impression_url: string
  click_url: string
  impression_id: string
}

export class OperatorApi {
  constructor(readonly api: Api) {}

  async freshness(signal: AbortSignal): Promise<PartitionFreshness> {
    return (await this.api.getJson('v1/freshness', signal)) as PartitionFreshness
  }

  async ledger(from: number, to: number, signal: AbortSignal): Promise<Ledger> {
    const bounds = [from, to].map((time) => new Date(time).toISOString())
    const query = new URLSearchParams({ from: bounds[0]!, to: bounds[1]! })
    return (await this.api.getJson(`v1/ledger?${query}`, signal)) as Ledger
  }

  async status(signal: AbortSignal): Promise<Status> {
    return (await this.api.getJson('v1/status', signal)) as Status
  }

  async storage(signal: AbortSignal): Promise<Storage> {
    return (await this.api.getJson('v1/storage', signal)) as Storage
  }

  async keys(signal?: AbortSignal): Promise<Key[]> {
    return ((await this.api.getJson('v1/keys', signal)) as { keys: Key[] }).keys
  }

  /** The only time that the key itself is told. */
  async createKey(key: NewKey): Promise<Key & { key: string }> {
    return (await this.api.sendJson('POST', 'v1/keys', key)) as Key & { key: string }
  }

  async deleteKey(id: string): Promise<void> {
    await this.api.sendJson('DELETE', `v1/keys/${encodeURIComponent(id)}`)
  }

  async saveCatalog(entities: Partial<Catalog>): Promise<void> {
    await this.api.sendJson('POST', 'v1/catalog', entities)
  }

  async makeLinks(link: NewLink): Promise<Links> {
    return (await this.api.sendJson('POST', 'v1/tracking-links', link)) as Links
  }
}

/** What to tell somebody whose call failed. Anything but a failed call is a fault of the page. */
export function messageOf(error: unknown): string {
  if (!(error instanceof ApiError)) throw error
  return error.message
}
