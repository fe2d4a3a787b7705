/** The typed client of adtally's HTTP API, which is served from the same origin as this page. */

import type { components, operations } from './api-document'

/** The bodies of the API's calls, as its document describes them. */
export type Schemas = components['schemas']
type ReportParameters = operations['getReport']['parameters']['query']
type ReportParameter = keyof ReportParameters

export type Report = Pick<
  Schemas['Report'],
  'columns' | 'rows' | 'totals' | 'truncated' | 'freshness' | 'tiers' | 'exact'
>
export type Cell = Report['rows'][number][number]
export type Granularity = Exclude<Schemas['Report']['granularity'], 'total'>
export type ReportMetric = NonNullable<ReportParameters['metrics']>[number]
export type ReportGroup = NonNullable<ReportParameters['group_by']>[number]

export type Freshness = Pick<Schemas['Freshness'], 'complete_to' | 'lag_seconds'>

type Listed<Kind extends keyof Schemas['Catalog']> = NonNullable<Schemas['Catalog'][Kind]>[number]

export type Advertiser = Pick<Listed<'advertisers'>, 'id' | 'name'> &
  Partial<Pick<Listed<'advertisers'>, 'time_zone' | 'currency'>>

/** A campaign, an ad group or a creative; the ids of its parents as far as it has them. */
export type CatalogItem = Pick<Listed<'creatives'>, 'id' | 'name'> &
  Partial<
    Pick<Listed<'creatives'>, 'advertiser_id' | 'campaign_id' | 'ad_group_id' | 'landing_url'>
  >

export type Catalog = Record<'advertisers', Advertiser[]> &
  Record<Exclude<keyof Schemas['Catalog'], 'advertisers'>, CatalogItem[]>

/** Who is signed in. The browser proves it by a cookie that no script can read. */
export type SignIn = Pick<Schemas['Session'], 'role' | 'advertiser_id' | 'label'>

export interface ReportQuery {
  /** Milliseconds since the epoch, `from` included, `to` excluded. */
  from: number
  to: number
  granularity: Granularity | 'total'
  metrics: readonly ReportMetric[]
  groupBy?: readonly ReportGroup[]
  /** Allowed values by filter parameter, such as `campaign_id`. */
  filters?: Readonly<Record<string, readonly string[]>>
  timeZone: string
  orderBy?: string
  limit?: number
}

/** The part of the server's description of itself that is read here. */
interface OpenApi {
  paths?: Record<
    string,
    { get?: { parameters?: { name: string; schema?: { items?: { enum?: string[] } } }[] } }
  >
}

/** No success, or no answer at all (status 0). The message is a sentence for the user. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
    this.name = 'ApiError'
  }

  /** Whether the same request may succeed later. */
  get retriable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

export class Api {
  /** The server's clock minus the browser's, in ms; 0 while they agree within a few seconds. */
  clockOffset = 0

  /** Signs in with a key. The server answers with the cookie of a session. */
  async signIn(key: string): Promise<void> {
    await this.send('POST', 'v1/session', { key } satisfies Schemas['NewSession'])
  }

  async signOut(): Promise<void> {
    await this.send('DELETE', 'v1/session')
  }

  /** Fails with status 401 when nobody is signed in. */
  async signedIn(): Promise<SignIn> {
    return (await this.getJson('v1/session')) as SignIn
  }

  async report(query: ReportQuery, signal?: AbortSignal): Promise<Report> {
    const answer = (await this.getJson(
      `v1/report?${reportParams(query)}`,
      signal,
    )) as Partial<Report>
    if (!Array.isArray(answer.columns) || !Array.isArray(answer.rows)) throw unexpected('v1/report')
    return {
      columns: answer.columns,
      rows: answer.rows,
      totals: answer.totals ?? {},
      truncated: answer.truncated ?? false,
      freshness: answer.freshness ?? null,
      tiers: answer.tiers ?? [],
      exact: answer.exact ?? {},
    }
  }

  async freshness(signal?: AbortSignal): Promise<Freshness> {
    const answer = (await this.getJson('v1/freshness', signal)) as Partial<Freshness>
    return { complete_to: answer.complete_to ?? null, lag_seconds: answer.lag_seconds ?? null }
  }

  async catalog(signal?: AbortSignal): Promise<Catalog> {
    const answer = (await this.getJson('v1/catalog', signal)) as Partial<Catalog>
    return {
      advertisers: answer.advertisers ?? [],
      campaigns: answer.campaigns ?? [],
      ad_groups: answer.ad_groups ?? [],
      creatives: answer.creatives ?? [],
    }
  }

  /** The metrics that reports of this server can have. */
  async metrics(signal?: AbortSignal): Promise<ReadonlySet<string>> {
    const document = (await this.getJson('v1/openapi.json', signal)) as OpenApi
    const parameters = document.paths?.['/v1/report']?.get?.parameters ?? []
    return new Set(parameters.find((p) => p.name === 'metrics')?.schema?.items?.enum ?? [])
  }

  /** The JSON object that a call of the API answers. */
  async getJson(path: string, signal?: AbortSignal): Promise<object> {
    return await bodyOf(path, await this.get(path, signal), signal)
  }

  /** The same of a call that changes something. */
  async sendJson(method: 'POST' | 'DELETE', path: string, body?: object): Promise<object> {
    const answer = await this.send(method, path, body)
    return answer.status === 204 ? {} : await bodyOf(path, answer)
  }

  private get(path: string, signal?: AbortSignal): Promise<Response> {
    return this.fetch(path, { signal: signal ?? null })
  }

  /** A call that changes something. The header shows the server that a page of its own makes it. */
  private send(method: 'POST' | 'DELETE', path: string, body?: object): Promise<Response> {
    return this.fetch(path, {
      method,
      headers: { 'Adtally-Csrf': '1', ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
  }

  private async fetch(path: string, init: RequestInit): Promise<Response> {
    const { signal } = init
    let answer: Response
    try {
      answer = await fetch(new URL(path, document.baseURI), {
        ...init,
        cache: 'no-store',
        credentials: 'same-origin',
      })
    } catch {
      signal?.throwIfAborted()
      throw new ApiError(
        0,
        'The server cannot be reached. Check the connection and that adtally is running.',
      )
    }
    this.clockOffset = clockOffset(answer.headers.get('Date'), Date.now()) ?? this.clockOffset
    if (!answer.ok) throw new ApiError(answer.status, await problemMessage(answer))
    return answer
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

export function reportParams(query: ReportQuery): URLSearchParams {
  const params = new URLSearchParams({
    from: new Date(query.from).toISOString(),
    to: new Date(query.to).toISOString(),
    granularity: query.granularity,
    metrics: query.metrics.join(','),
    time_zone: query.timeZone,
  } satisfies Partial<Record<ReportParameter, string>>)
  if (query.groupBy?.length)
    params.set('group_by' satisfies ReportParameter, query.groupBy.join(','))
  for (const [name, values] of Object.entries(query.filters ?? {}))
    params.set(name, values.join(','))
  if (query.orderBy) params.set('order_by' satisfies ReportParameter, query.orderBy)
  if (query.limit) params.set('limit' satisfies ReportParameter, String(query.limit))
  return params
}

/** From a Date header; null without one. It has whole seconds: a small difference says nothing. */
export function clockOffset(header: string | null, now: number): number | null {
  const server = header === null ? NaN : Date.parse(header)
  if (Number.isNaN(server)) return null
  const offset = server + 500 - now
  return Math.abs(offset) < 5000 ? 0 : offset
}

async function bodyOf(path: string, answer: Response, signal?: AbortSignal): Promise<object> {
  let body: unknown
  try {
    body = await answer.json()
  } catch {
    signal?.throwIfAborted()
    throw unexpected(path)
  }
  if (typeof body !== 'object' || body === null) throw unexpected(path)
  return body
}

/** The sentence of a problem document (RFC 9457), or one made from the status. */
async function problemMessage(answer: Response): Promise<string> {
  const body: unknown = await answer.json().catch(() => null)
  if (typeof body === 'object' && body !== null) {
    const { detail, title } = body as Partial<Record<keyof Schemas['Problem'], unknown>>
    if (typeof detail === 'string' && detail) return sentence(detail)
    if (typeof title === 'string' && title) return sentence(title)
  }
  return `The server answered with status ${answer.status}.`
}

function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(start) ? start : `${start}.`
}

function unexpected(path: string): ApiError {
  return new ApiError(
    502,
    `The answer to ${path} was not what the dashboard expects. Is a proxy in between?`,
  )
}
