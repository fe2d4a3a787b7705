// What a report was read from, beside how fresh it is.
import assert from 'node:assert/strict'
import { advertiserKey, dashboardTest, headline } from './figures.mjs'
import { openDashboard, pageTest } from './browser.mjs'
import { adminKey, apiUrl, call, eventually, PATIENCE_MS } from './support.mjs'
import { ADVERTISER } from './truth.mjs'

const words = { minute: 'minutes', hour: 'hours', day: 'days', archive: 'archive', reach: 'reach' }

async function toldByServer(page) {
  const { from, to } = await headline(page)
  const query = new URLSearchParams({
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    granularity: 'total',
    advertiser_id: ADVERTISER,
  })
  const { tiers } = await call('GET', `${apiUrl}/v1/report?${query}`)
  return tiers.map((tier) => words[tier]).join(', ')
}

for (const range of ['1h', 'yesterday', '7d']) {
  pageTest(`the tiers of ${range} are those of the server’s answer`, async (page) => {
    await call('POST', `${apiUrl}/v1/maintenance/rollup`)
    await openDashboard(page, `?range=${range}`, advertiserKey)
    const badge = page.getByTestId('tiers')
    await eventually(
      async () => {
        const [shown, told] = [await badge.textContent(), await toldByServer(page)]
        return told && told.split(', ').every((tier) => shown.split(', ').includes(tier))
      },
      PATIENCE_MS,
      'the badge names what the server read',
    )
  })
}

dashboardTest('what a tier is, by keyboard too', '?range=1h', async (page) => {
  const badge = page.getByRole('button', { name: 'Read from' })
  await badge.focus()
  await page.keyboard.press('Enter')
  const popover = page.getByRole('dialog', { name: 'What the numbers were read from' })
  await popover.getByText('as events were counted').waitFor()
  await page.keyboard.press('Escape')
  await popover.waitFor({ state: 'detached' })
  assert.ok(await badge.evaluate((element) => element === document.activeElement))
})

pageTest(
  'where numbers may still change is marked, and where they cannot it is not',
  async (page) => {
    await openDashboard(page, '?range=30m', adminKey)
    await page.getByTestId('unfinished').getByText('May still change').waitFor()
    assert.equal(await page.getByTestId('chart').getAttribute('data-open'), 'true')
    await openDashboard(page, '?range=yesterday', adminKey)
    assert.equal(await page.getByTestId('unfinished').count(), 0)
    assert.equal(await page.getByTestId('chart').getAttribute('data-open'), 'false')
  },
)
