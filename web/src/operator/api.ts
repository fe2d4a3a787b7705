/** The calls of the API that only administrators may make. */

import { ApiError, type Api, type Catalog, type Schemas } from '../api'

export type LedgerSums = Schemas['LedgerSums']
export type Ledger = Pick<Schemas['Ledger'], 'minutes' | 'totals'>
export type PartitionFreshness = Schemas['Freshness']
export type PartitionLag = PartitionFreshness['partitions'][number]
export type Status = Schemas['Status']
export type TierState = Status['tiers'][number]
export type ArchivedMonth = Status['archive'][number]
export type MaintenanceState = NonNullable<Status['maintenance']>
export type Rejection = NonNullable<Status['rejections']>['recent'][number]
export type Storage = Pick<
  Schemas['Storage'],
  'kept' | 'store_bytes' | 'archive_bytes' | 'log_bytes' | 'events' | 'bytes_per_event'
>
export type KeptSize = Pick<Storage['kept'][number], 'name' | 'rows' | 'bytes'>
export type Key = Schemas['Key']
export type KeyRole = Key['role']
export type NewKey = Schemas['NewKey']
export type NewLink = Schemas['NewLink']
export type Links = Schemas['Link']

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
  async createKey(key: NewKey): Promise<Schemas['CreatedKey']> {
    return (await this.api.sendJson('POST', 'v1/keys', key)) as Schemas['CreatedKey']
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
