// What is on the screen, and what should be.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { openDashboard, pageTest } from './browser.mjs'
import { eventually, PATIENCE_MS } from './support.mjs'
import { sum } from './truth.mjs'

const { key, events } = JSON.parse(readFileSync(process.env.ADTALLY_TRUTH, 'utf8'))
export const advertiserKey = key

const count = new Intl.NumberFormat('en-US')
const percent = new Intl.NumberFormat('en-US', { style: 'percent', minimumFractionDigits: 2 })
const euro = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'EUR' })
const NOTHING = '–'

/** A test with the advertiser's dashboard open. */
export function dashboardTest(name, query, body, options) {
  pageTest(
    name,
    async (page) => {
      await openDashboard(page, query, advertiserKey)
      await body(page)
    },
    options,
  )
}

export const truth = (from, to, properties) => sum(events, from, to, properties)

/** A number as a person reads it. */
export function asOnScreen(metric, value) {
  if (value === null) return NOTHING
  if (metric === 'spend') return euro.format(value)
  return (metric === 'ctr' || metric.endsWith('_rate') ? percent : count).format(value)
}

/** The headline figures, with the time that they are about; all of one moment. */
export function headline(page) {
  return page.getByTestId('cards').evaluate((cards) => {
    const values = [...cards.querySelectorAll('[data-testid^="total-"]')]
    return {
      from: Date.parse(cards.dataset.from),
      to: Date.parse(cards.dataset.to),
      figures: Object.fromEntries(
        values.map((e) => [e.dataset.testid.replace('total-', ''), e.textContent.trim()]),
      ),
    }
  })
}

/** Waits until the headline figures are those of the events with these properties. */
export async function headlineIsTrue(page, properties = {}) {
  let shown, expected
  const matches = async () => {
    const { from, to, figures } = await headline(page)
    const sums = truth(from, to, properties)
    shown = figures
    expected = Object.fromEntries(Object.keys(figures).map((id) => [id, asOnScreen(id, sums[id])]))
    return Object.keys(figures).every((id) => figures[id] === expected[id])
  }
  await eventually(matches, PATIENCE_MS, 'the figures are those of the truth').catch(() =>
    assert.deepEqual(shown, expected),
  )
}

/** The rows of the table on the screen: key and the text of every cell by metric. */
export function tableRows(page) {
  return page
    .getByTestId('table')
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) => ({
        key: row.dataset.key,
        cells: Object.fromEntries(
          [...row.querySelectorAll('[data-metric]')].map((c) => [
            c.dataset.metric,
            c.textContent.trim(),
          ]),
        ),
        change: row.querySelector('[data-change]')?.textContent.trim(),
      })),
    )
}

/** Waits until the table has this many rows on its page. */
export function rowCountIs(page, wanted) {
  return eventually(
    async () => (await page.getByTestId('table').locator('tbody tr').count()) === wanted,
    PATIENCE_MS,
    `${wanted} rows`,
  )
}

export const parameter = (page, name) => new URL(page.url()).searchParams.get(name)
