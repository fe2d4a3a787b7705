import { describe, expect, it, vi } from 'vitest'
import { ApiError, type Api, type Report, type ReportQuery } from '../api'
import { Comparison } from './comparison'

const query: ReportQuery = {
  from: 0,
  to: 60_000,
  granularity: 'total',
  metrics: ['clicks'],
  timeZone: 'UTC',
}
const { signal } = new AbortController()

function comparison(report: () => Promise<Report>) {
  const asked = vi.fn(report)
  return { asked, comparison: new Comparison({ report: asked } as unknown as Api) }
}

describe('Comparison', () => {
  it('asks once for the same, again for another', async () => {
    const report = { columns: ['clicks'] } as Report
    const { asked, comparison: c } = comparison(async () => report)
    expect(await c.fetch(query, query, signal)).toEqual({ series: report, table: report })
    await c.fetch(query, query, signal)
    expect(asked).toHaveBeenCalledTimes(2)
    await c.fetch(query, { ...query, to: 120_000 }, signal)
    expect(asked).toHaveBeenCalledTimes(4)
  })

  it('does without what the server does not have', async () => {
    const { asked, comparison: c } = comparison(() =>
      Promise.reject(new ApiError(400, 'Too long ago.')),
    )
    expect(await c.fetch(query, query, signal)).toBeNull()
    expect(c.problem).toBe('Too long ago.')
    await c.fetch(query, query, signal)
    expect(asked).toHaveBeenCalledTimes(2)
  })

  it('passes other failures on', async () => {
    const { comparison: c } = comparison(() => Promise.reject(new ApiError(503, 'Busy.')))
    await expect(c.fetch(query, query, signal)).rejects.toMatchObject({ status: 503 })
  })
})
