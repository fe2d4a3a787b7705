// Numbers that come while somebody looks.
import assert from 'node:assert/strict'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { dashboardTest } from './figures.mjs'
import { openDashboard, openPage, pageTest } from './browser.mjs'
import { adminKey, call, edgeUrl, eventually, PATIENCE_MS } from './support.mjs'
import { ADVERTISER, LIVE } from './truth.mjs'

pageTest('a click on a real link comes to the screen by itself', async (page) => {
  await openDashboard(page, `?campaign_id=${LIVE.campaign}`, adminKey)
  const landing = http.createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end('<title>Shop</title>')
  })
  await new Promise((resolve) => landing.listen(0, '127.0.0.1', resolve))
  const visitor = await openPage()
  try {
    const link = await call(
      'POST',
      `${edgeUrl}/v1/links`,
      JSON.stringify({
        advertiser_id: LIVE.advertiser,
        campaign_id: LIVE.campaign,
        ad_group_id: LIVE.ad_group,
        creative_id: LIVE.creative,
        landing_url: `http://127.0.0.1:${landing.address().port}/shoes`,
        click_cost_micros: 250_000,
        impression_cost_micros: 0,
      }),
    )
    const clicks = async () => Number(await page.getByTestId('total-clicks').textContent())
    const before = await clicks()
    await page.evaluate(() => (window.sameDocument = true))

    await visitor.page.goto(link.click_url)
    const arrived = new URL(visitor.page.url())
    assert.equal(arrived.pathname, '/shoes')
    assert.ok(arrived.searchParams.get('click_id'))
    const began = Date.now()
    await eventually(
      async () => (await clicks()) === before + 1,
      PATIENCE_MS,
      'the click is on the screen',
    )
    console.log(`the click was on the screen after ${Date.now() - began} ms`)
    assert.equal(await page.evaluate(() => window.sameDocument), true)
  } finally {
    await visitor.close()
    landing.close()
  }
})

dashboardTest(
  'a refresh keeps the page as it is; a hidden tab rests',
  '?range=1h',
  async (page) => {
    let refreshes = 0
    page.on('request', (request) => (refreshes += request.url().includes('/v1/freshness') ? 1 : 0))
    const marked = {
      row: page.locator(`tr[data-key="${ADVERTISER * 10}"]`),
      canvas: page.getByTestId('chart').locator('canvas'),
      map: page.getByTestId('map').locator('[data-code="DE"]'),
      bar: page.getByTestId('devices').locator('[data-value="mobile"]'),
    }
    for (const element of Object.values(marked))
      await element.evaluate((e) => (e.seenBefore = true))
    await page.getByTestId('chart').hover()
    await eventually(() => refreshes >= 3, PATIENCE_MS, 'three refreshes')
    for (const [name, element] of Object.entries(marked)) {
      assert.ok(await element.evaluate((e) => e.seenBefore), `the ${name} was made anew`)
    }
    await page.getByTestId('tooltip').waitFor()

    const hide = (hidden) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      }, hidden)
    await hide(true)
    // A refresh that is under way may end.
    let resting
    await eventually(
      async () => {
        resting = refreshes
        await sleep(4000)
        return refreshes === resting
      },
      PATIENCE_MS,
      'no refresh while nobody looks',
    )
    await hide(false)
    await eventually(() => refreshes > resting, PATIENCE_MS, 'a refresh as soon as somebody looks')
  },
)

dashboardTest('paused, the numbers stay', '?range=1h', async (page) => {
  await page.getByRole('button', { name: 'Live' }).click()
  await page.getByRole('button', { name: 'Paused' }).waitFor()
  assert.equal(new URL(page.url()).searchParams.get('live'), '0')
  await page.getByRole('button', { name: 'Paused' }).click()
  await page.getByRole('button', { name: 'Live' }).waitFor()
})
