// What is shown when there is nothing to show, or not yet, or no more.
import assert from 'node:assert/strict'
import { advertiserKey, dashboardTest, headlineIsTrue } from './figures.mjs'
import { openDashboard, pageTest } from './browser.mjs'
import { apiUrl, eventually, PATIENCE_MS } from './support.mjs'

const REPORTS = '**/v1/report?*'

pageTest('while the first numbers are on their way', async (page) => {
  let answer
  const answered = new Promise((resolve) => (answer = resolve))
  await page.route(REPORTS, async (route) => {
    await answered
    await route.continue()
  })
  await page.goto(`${apiUrl}/?range=1h&live=0#key=${advertiserKey}`)
  await page.getByRole('status').first().waitFor()
  await page.locator('section[aria-busy="true"]').first().waitFor()
  answer()
  await headlineIsTrue(page)
  const busy = page.locator('section[aria-busy="true"]')
  await eventually(async () => (await busy.count()) === 0, PATIENCE_MS, 'nothing is loading')
})

dashboardTest(
  'nothing in this time',
  '?from=2026-01-01T00:00Z&to=2026-01-02T00:00Z',
  async (page) => {
    await page.getByTestId('empty').getByText('No events in this time').waitFor()
    await page.getByRole('button', { name: 'Look at the last 30 days' }).click()
    await page.getByTestId('table').waitFor()
  },
)

dashboardTest('nothing passes the filters', '?range=1h&country=AQ', async (page) => {
  await page.getByTestId('empty').getByText('Nothing matches these filters').waitFor()
  await page.getByTestId('empty').getByRole('button', { name: 'Remove all filters' }).click()
  await page.getByTestId('table').waitFor()
})

pageTest('a problem is told in the sentence of the server, and can be left', async (page) => {
  await page.goto(`${apiUrl}/?range=1h&country=germany#key=${advertiserKey}`)
  const problem = page.getByRole('alert').filter({ hasText: 'country' })
  await problem.waitFor()
  const answer = await fetch(`${apiUrl}/v1/report?from=2026-11-01&to=2026-11-02&country=germany`, {
    headers: { Authorization: `Bearer ${advertiserKey}` },
  })
  const { detail } = await answer.json()
  assert.ok((await problem.innerText()).toLowerCase().includes(detail.toLowerCase()), detail)
  await problem.getByRole('button', { name: 'Remove all filters' }).click()
  await page.getByTestId('table').waitFor()
})

pageTest('a server that is away leaves the numbers, and is tried again', async (page) => {
  await openDashboard(page, '?range=1h', advertiserKey)
  await page.route(REPORTS, (route) => route.abort())
  await page.getByRole('alert').getByText('The server cannot be reached').waitFor()
  await page.getByRole('alert').getByText('The numbers below are from').waitFor()
  assert.ok(await page.getByTestId('total-clicks').isVisible())
  await page.unroute(REPORTS)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('alert').waitFor({ state: 'detached' })
})

pageTest('a comparison that the server cannot make is no obstacle', async (page) => {
  const yearAgo = new Date().getFullYear() - 1
  await page.route(REPORTS, (route) => {
    if (!decodeURIComponent(route.request().url()).includes(`from=${yearAgo}`))
      return route.continue()
    return route.fulfill({
      status: 400,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        status: 400,
        title: 'Bad request',
        detail: 'hours are kept for 90 days',
      }),
    })
  })
  await openDashboard(page, '?range=yesterday&compare=year', advertiserKey)
  await page.getByTestId('no-comparison').getByText('Hours are kept for 90 days.').waitFor()
  await headlineIsTrue(page)
})
