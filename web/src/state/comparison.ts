import { ApiError, type Api, type Report, type ReportQuery } from '../api'

/**
 * The reports of the period before. They hardly change while those of the current one are refreshed
 * every two seconds: each is asked for once, and again when the question is another.
 */
export class Comparison {
  /** Why the last comparison could not be made, in a sentence; else empty. */
  problem = ''
  private key = ''
  private reports: { series: Report; table: Report } | null = null

  constructor(private readonly api: Api) {}

  async fetch(
    series: ReportQuery,
    table: ReportQuery,
    signal: AbortSignal,
  ): Promise<{ series: Report; table: Report } | null> {
    const key = JSON.stringify([series, table])
    if (this.key === key) return this.reports
    const [reports, problem] = await this.ask(series, table, signal)
    signal.throwIfAborted()
    this.key = key
    this.reports = reports
    this.problem = problem
    return reports
  }

  /** What lies too far back is no reason to show nothing at all. */
  private async ask(
    series: ReportQuery,
    table: ReportQuery,
    signal: AbortSignal,
  ): Promise<[{ series: Report; table: Report } | null, string]> {
    try {
      const [first, second] = await Promise.all([
        this.api.report(series, signal),
        this.api.report(table, signal),
      ])
      return [{ series: first, table: second }, '']
    } catch (error) {
      if (error instanceof ApiError && error.status === 400) return [null, error.message]
      throw error
    }
  }
}
