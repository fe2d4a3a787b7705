// The dashboard in a real browser, against a running server (see support.mjs for what must be set).
import assert from 'node:assert/strict'
import http from 'node:http'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  adminKey,
  apiUrl,
  call,
  edgeUrl,
  eventually,
  launch,
  openDashboard,
  openPage,
  report,
  screenshot,
  seed,
} from './support.mjs'

const count = new Intl.NumberFormat('en-US')
const percent = new Intl.NumberFormat('en-US', { style: 'percent', minimumFractionDigits: 2 })
const euro = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'EUR' })

let browser
let data
before(async () => {
  // In this order: a server without the data fails before there is a browser that nobody closes.
  data = await seed()
  browser = await launch()
})
after(() => browser?.close())

/** Runs a test with a dashboard that must end without script errors or policy violations. */
function dashboardTest(name, query, body) {
  test(name, async () => {
    const { page, problems, close } = await openDashboard(browser, query())
    try {
      await body(page)
      assert.deepEqual(problems, [])
    } finally {
      await close()
    }
  })
}

const ofAdvertiser = () => `?advertiser_id=${data.advertiser}`
const ofCampaign = (index) => () => `?campaign_id=${data.campaigns[index].id}`
const row = (page, campaign) => page.locator(`tr[data-key="${campaign.id}"]`)

/** Each headline figure as it is on the screen. */
async function headline(page) {
  const texts = {}
  for (const id of ['impressions', 'clicks', 'ctr', 'spend', 'conversions']) {
    texts[id] = (await page.getByTestId(`total-${id}`).textContent()).trim()
  }
  return texts
}

function asOnScreen(metrics) {
  return {
    impressions: count.format(metrics.impressions),
    clicks: count.format(metrics.clicks),
    ctr: metrics.ctr === null ? '–' : percent.format(metrics.ctr),
    spend: euro.format(metrics.spend),
    conversions: count.format(metrics.conversions),
  }
}

test('a wrong key is refused with a reason, a right one signs in, signing out ends it', async () => {
  const { page, problems, close } = await openPage(browser)
  try {
    await page.goto(apiUrl)
    await page.getByLabel('API key').fill('no such key')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('This key is not known').waitFor()

    await page.getByLabel('API key').fill(adminKey)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByTestId('total-clicks').waitFor()
    await page.reload()
    await page.getByTestId('total-clicks').waitFor()

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('API key').waitFor()
    await page.reload()
    await page.getByLabel('API key').waitFor()
    assert.deepEqual(problems, [])
  } finally {
    await close()
  }
})

test('a key in the address signs in and leaves the address at once', async () => {
  const { page, close } = await openPage(browser)
  try {
    await page.goto(`${apiUrl}/?by=device#key=${adminKey}`)
    await page.getByTestId('total-clicks').waitFor()
    assert.equal(new URL(page.url()).hash, '')
    assert.equal(new URL(page.url()).search, '?by=device')
    await page.getByTestId('freshness').getByText('complete to').waitFor()
  } finally {
    await close()
  }
})

dashboardTest('the figures are those of the report', ofAdvertiser, async (page) => {
  const cards = page.getByTestId('cards')
  const range = {
    from: await cards.getAttribute('data-from'),
    to: await cards.getAttribute('data-to'),
    advertiser_id: data.advertiser,
    metrics: 'impressions,clicks,ctr,spend,conversions',
    granularity: 'total',
  }
  const { totals, columns, rows } = await report({ ...range, group_by: 'campaign' })
  assert.equal(totals.impressions, 52)
  assert.equal(totals.clicks, 6)
  assert.equal(totals.spend, 1.5)
  assert.equal(totals.conversions, 2)
  assert.deepEqual(await headline(page), asOnScreen(totals))

  assert.equal(await page.getByTestId('table').locator('tbody tr').count(), rows.length)
  for (const cells of rows) {
    const metrics = Object.fromEntries(columns.map((column, i) => [column, cells[i]]))
    const shown = row(page, { id: metrics.campaign_id })
    for (const [id, text] of Object.entries(asOnScreen(metrics))) {
      assert.equal((await shown.locator(`[data-metric="${id}"]`).textContent()).trim(), text)
    }
  }
})

dashboardTest(
  'a click on a row filters by it, the chip takes the filter away',
  ofAdvertiser,
  async (page) => {
    const [campaign] = data.campaigns
    await row(page, campaign).getByRole('button').click()
    const chip = page.getByTestId('chip').filter({ hasText: campaign.name })
    await chip.waitFor()
    assert.equal(new URL(page.url()).searchParams.get('campaign_id'), String(campaign.id))
    await page.getByTestId('total-impressions').getByText('40', { exact: true }).waitFor()
    // Drilled down: the table now shows what the campaign consists of.
    await row(page, { id: campaign.id * 10 }).waitFor()

    await page.reload()
    await page.getByTestId('total-impressions').getByText('40', { exact: true }).waitFor()

    await chip.getByRole('button').click()
    await page.getByTestId('total-impressions').getByText('52', { exact: true }).waitFor()
    assert.equal(new URL(page.url()).searchParams.get('campaign_id'), null)

    await page.goBack()
    await page.getByTestId('total-impressions').getByText('40', { exact: true }).waitFor()
  },
)

dashboardTest(
  'an unknown country and region can be clicked like any other',
  () => `${ofAdvertiser()}&by=country`,
  async (page) => {
    const chip = (label) => page.getByTestId('chip').filter({ hasText: label })
    await page.locator('tr[data-key="unknown"]').getByRole('button', { name: 'Unknown' }).click()
    await chip('Country').getByText('Unknown', { exact: true }).waitFor()
    assert.equal(new URL(page.url()).searchParams.get('country'), 'unknown')
    await page.getByTestId('total-impressions').getByText('12', { exact: true }).waitFor()

    await page.locator('tr[data-key="unknown/unknown"]').getByRole('button').click()
    await chip('Region').getByText('Unknown', { exact: true }).waitFor()
    assert.equal(new URL(page.url()).searchParams.get('region'), 'unknown')
    await page.getByTestId('total-impressions').getByText('12', { exact: true }).waitFor()
  },
)

dashboardTest('a hostile name is text', ofAdvertiser, async (page) => {
  const campaign = data.campaigns[1]
  await row(page, campaign).getByText(campaign.name).waitFor()
  await row(page, campaign).getByRole('button').click()
  await page.getByTestId('chip').getByText(campaign.name).waitFor()
  assert.equal(await page.locator('img[src="x"]').count(), 0)
})

dashboardTest('sorting and searching the table', ofAdvertiser, async (page) => {
  const [first, second] = data.campaigns
  const order = () => page.locator('tbody tr').evaluateAll((rows) => rows.map((r) => r.dataset.key))
  assert.deepEqual(await order(), [String(first.id), String(second.id)])
  await page.getByRole('columnheader', { name: 'Clicks' }).getByRole('button').click()
  await page.getByRole('columnheader', { name: 'Clicks' }).getByRole('button').click()
  assert.deepEqual(await order(), [String(second.id), String(first.id)])

  await page.getByRole('searchbox').fill('browser TEST')
  assert.deepEqual(await order(), [String(first.id)])
  await page.getByRole('searchbox').fill('nothing like it')
  await page.getByTestId('empty').waitFor()
})

dashboardTest('the chart tells its values to pointer and keyboard', ofCampaign(0), async (page) => {
  await page.getByTestId('chart').hover()
  await page.getByTestId('tooltip').getByText('Clicks').waitFor()
  await page.mouse.move(0, 0)
  await page.getByTestId('tooltip').waitFor({ state: 'detached' })
  await page.getByTestId('chart').focus()
  await page.keyboard.press('End')
  await page.getByTestId('tooltip').waitFor()
})

dashboardTest(
  'light and dark',
  () => '',
  async (page) => {
    const background = () =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    const light = await background()
    await screenshot(page, 'dashboard-light.png')
    await page.getByRole('button', { name: 'Use the dark theme' }).click()
    const dark = await background()
    assert.notEqual(dark, light)
    await page.reload()
    await page.getByTestId('total-clicks').waitFor()
    assert.equal(await background(), dark)
    await screenshot(page, 'dashboard-dark.png')
    await page.getByRole('button', { name: 'Use the light theme' }).click()
    assert.equal(await background(), light)
  },
)

dashboardTest(
  'a click on a real link is on the screen within five seconds',
  ofCampaign(0),
  async (page) => {
    const landing = http.createServer((request, response) => {
      response.setHeader('Content-Type', 'text/html')
      response.end(
        `<title>Shop</title><p>${new URL(request.url, 'http://shop').search ? 'Welcome' : ''}</p>`,
      )
    })
    await new Promise((resolve) => landing.listen(0, '127.0.0.1', resolve))
    const visitor = await openPage(browser)
    try {
      const campaign = data.campaigns[0]
      const link = await call(
        'POST',
        `${edgeUrl}/v1/links`,
        JSON.stringify({
          advertiser_id: data.advertiser,
          campaign_id: campaign.id,
          ad_group_id: campaign.id * 10,
          creative_id: campaign.id * 10 + 1,
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

      await eventually(
        async () => (await clicks()) === before + 1,
        5000,
        'the click is on the screen',
      )
      assert.equal(await page.evaluate(() => window.sameDocument), true)
    } finally {
      await visitor.close()
      landing.close()
    }
  },
)

dashboardTest(
  'a refresh keeps the page as it is; a hidden tab rests',
  ofAdvertiser,
  async (page) => {
    let refreshes = 0
    page.on('request', (request) => (refreshes += request.url().includes('/v1/freshness') ? 1 : 0))
    const marked = {
      row: row(page, data.campaigns[0]),
      canvas: page.getByTestId('chart').locator('canvas'),
    }
    for (const element of Object.values(marked))
      await element.evaluate((e) => (e.seenBefore = true))
    await page.getByTestId('chart').hover()
    await eventually(() => refreshes >= 2, 8000, 'two refreshes')
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
    await sleep(500)
    const before = refreshes
    await sleep(3000)
    assert.equal(refreshes, before)
    await hide(false)
    await eventually(() => refreshes > before, 1000, 'a refresh as soon as somebody looks')
  },
)

test('a phone shows everything without scrolling the page sideways', async () => {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true }
  const { page, problems, close } = await openDashboard(browser, '', phone)
  try {
    await page.getByTestId('chart').waitFor()
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(overflow <= 0, `the page is ${overflow} px too wide`)
    await screenshot(page, 'dashboard-phone.png')
    assert.deepEqual(problems, [])
  } finally {
    await close()
  }
})
