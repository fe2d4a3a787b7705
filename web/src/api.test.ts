import { afterEach, describe, expect, it, vi } from 'vitest'
import { Api, ApiError, clockOffset, reportParams } from './api'

afterEach(() => vi.unstubAllGlobals())

function answering(answer: () => Response | Promise<Response>) {
  vi.stubGlobal('document', { baseURI: 'http://dashboard.test/' })
  const fetch = vi.fn((_url: URL, _init: RequestInit) => Promise.resolve().then(answer))
  vi.stubGlobal('fetch', fetch)
  return fetch
}

describe('Api', () => {
  it('leaves it to the cookie to say who asks', async () => {
    const fetch = answering(() => Response.json({ complete_to: null }))
    await new Api().freshness()
    expect(fetch.mock.calls[0]![0].href).toBe('http://dashboard.test/v1/freshness')
    expect(fetch.mock.calls[0]![1]).toMatchObject({ credentials: 'same-origin' })
    expect(fetch.mock.calls[0]![1].headers).toBeUndefined()
  })

  it('sends the key once, to sign in, and shows that a page of this site asks', async () => {
    const fetch = answering(() => Response.json({ role: 'admin' }))
    await new Api().signIn('secret')
    const [url, init] = fetch.mock.calls[0]!
    expect(url.href).toBe('http://dashboard.test/v1/session')
    expect(init).toMatchObject({ method: 'POST', body: '{"key":"secret"}' })
    expect(init.headers).toMatchObject({ 'Adtally-Csrf': '1' })

    await new Api().signOut()
    expect(fetch.mock.calls[1]![1]).toMatchObject({
      method: 'DELETE',
      headers: { 'Adtally-Csrf': '1' },
    })
  })

  it('says whether the limit left rows out', async () => {
    const answer = { columns: ['clicks'], rows: [[1]], totals: {}, freshness: null }
    const query = { from: 0, to: 1, granularity: 'total', metrics: [], timeZone: 'UTC' } as const
    answering(() => Response.json({ ...answer, truncated: true }))
    expect((await new Api().report(query)).truncated).toBe(true)
    answering(() => Response.json({ ...answer, truncated: false }))
    expect((await new Api().report(query)).truncated).toBe(false)
  })

  it('reads from the server’s own description which metrics it has', async () => {
    const metrics = { name: 'metrics', schema: { items: { enum: ['clicks', 'reach'] } } }
    const parameters = [{ name: 'from', schema: { type: 'string' } }, metrics]
    answering(() => Response.json({ paths: { '/v1/report': { get: { parameters } } } }))
    expect([...(await new Api().metrics())]).toEqual(['clicks', 'reach'])
    answering(() => Response.json({ paths: {} }))
    expect((await new Api().metrics()).size).toBe(0)
  })

  it('turns a problem document into its sentence', async () => {
    answering(() =>
      Response.json({ title: 'Bad', detail: 'from: expected a date' }, { status: 400 }),
    )
    const error = await new Api().freshness().catch((e: unknown) => e)
    expect(error).toMatchObject({
      status: 400,
      message: 'From: expected a date.',
      retriable: false,
    })
  })

  it('says what it can about an answer that is none', async () => {
    answering(() => new Response('<h1>Bad gateway</h1>', { status: 502 }))
    await expect(new Api().catalog()).rejects.toMatchObject({ status: 502, retriable: true })
    answering(() => new Response('<h1>Welcome</h1>'))
    await expect(new Api().catalog()).rejects.toBeInstanceOf(ApiError)
    answering(() => {
      throw new TypeError('Failed to fetch')
    })
    await expect(new Api().catalog()).rejects.toMatchObject({ status: 0, retriable: true })
  })

  it('passes an abort on as it is', async () => {
    const controller = new AbortController()
    answering(() => {
      controller.abort()
      throw controller.signal.reason
    })
    await expect(new Api().catalog(controller.signal)).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
})

it('writes a report query as the API wants it', () => {
  const params = reportParams({
    from: 0,
    to: 60_000,
    granularity: 'total',
    metrics: ['clicks', 'ctr'],
    groupBy: ['country', 'region'],
    filters: { campaign_id: ['7', '8'] },
    timeZone: 'UTC',
    orderBy: '-clicks',
    limit: 10,
  })
  expect(Object.fromEntries(params)).toEqual({
    from: '1970-01-01T00:00:00.000Z',
    to: '1970-01-01T00:01:00.000Z',
    granularity: 'total',
    metrics: 'clicks,ctr',
    time_zone: 'UTC',
    group_by: 'country,region',
    campaign_id: '7,8',
    order_by: '-clicks',
    limit: '10',
  })
})

it('corrects a clock that is wrong, not one that is a little off', () => {
  const now = Date.parse('2026-11-24T12:00:00Z')
  expect(clockOffset('Tue, 24 Nov 2026 12:00:01 GMT', now)).toBe(0)
  expect(clockOffset('Tue, 24 Nov 2026 11:00:00 GMT', now)).toBe(-3_600_000 + 500)
  expect(clockOffset(null, now)).toBeNull()
})
