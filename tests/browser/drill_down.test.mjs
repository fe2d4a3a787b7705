// From all campaigns to one creative and back, by clicks, chips, the path and the address.
import assert from 'node:assert/strict'
import {
  advertiserKey,
  dashboardTest,
  headlineIsTrue,
  parameter,
  rowCountIs,
  tableRows,
} from './figures.mjs'
import { openDashboard, pageTest } from './browser.mjs'
import { eventually, PATIENCE_MS } from './support.mjs'
import { ADVERTISER, HOSTILE, LONG, RIGHT_TO_LEFT } from './truth.mjs'

const CAMPAIGN = ADVERTISER * 10
const GROUP = CAMPAIGN * 10
const CREATIVE = GROUP * 10
const row = (page, id) => page.locator(`tr[data-key="${id}"]`)
const open = (page, id) => row(page, id).getByRole('button').click()
const path = (page) => page.getByTestId('path').locator('li').allInnerTexts()
const chip = (page, label) => page.getByTestId('chip').filter({ hasText: label })

dashboardTest(
  'campaign, ad group, creative, device; and back by the path',
  '?range=3h&live=0',
  async (page) => {
    await open(page, CAMPAIGN)
    await rowCountIs(page, 3)
    await headlineIsTrue(page, { campaign_id: CAMPAIGN })
    await open(page, GROUP)
    await rowCountIs(page, 2)
    await headlineIsTrue(page, { ad_group_id: GROUP })
    await open(page, CREATIVE)
    await headlineIsTrue(page, { creative_id: CREATIVE })
    assert.deepEqual(await path(page), [
      'Alpine Outfitters',
      'Spring Sale – Running Shoes',
      `Broad ${CAMPAIGN}`,
      'Square 1080',
    ])
    await page.getByTestId('table').locator('tr[data-key="mobile"]').waitFor()

    const address = page.url()
    const names = ['Alpine Outfitters', 'Spring Sale – Running Shoes']
    await page.getByTestId('path').getByRole('button', { name: names[1] }).click()
    await headlineIsTrue(page, { campaign_id: CAMPAIGN })
    await rowCountIs(page, 3)
    await page.getByTestId('path').getByRole('button', { name: names[0] }).click()
    await headlineIsTrue(page)
    await rowCountIs(page, 8)
    await page.goBack()
    await headlineIsTrue(page, { campaign_id: CAMPAIGN })
    await page.goForward()
    await headlineIsTrue(page)

    await page.goto(address)
    await headlineIsTrue(page, { creative_id: CREATIVE })
    assert.deepEqual((await path(page)).at(-1), 'Square 1080')
  },
)

dashboardTest(
  'a click on a row filters by it, the chip takes the filter away',
  '?range=3h',
  async (page) => {
    await open(page, CAMPAIGN + 1)
    await chip(page, 'Trail Jackets 2026').waitFor()
    assert.equal(parameter(page, 'campaign_id'), String(CAMPAIGN + 1))
    await headlineIsTrue(page, { campaign_id: CAMPAIGN + 1 })
    await page.reload()
    await headlineIsTrue(page, { campaign_id: CAMPAIGN + 1 })
    await chip(page, 'Trail Jackets 2026').getByRole('button').click()
    await headlineIsTrue(page)
    assert.equal(parameter(page, 'campaign_id'), null)
    await page.goBack()
    await headlineIsTrue(page, { campaign_id: CAMPAIGN + 1 })
  },
)

dashboardTest(
  'a bar of the devices filters, and shows the others still',
  '?range=3h&live=0',
  async (page) => {
    const bar = (value) => page.getByTestId('devices').locator(`[data-value="${value}"]`)
    await bar('tablet').click()
    await headlineIsTrue(page, { device: 'tablet' })
    assert.equal(await bar('tablet').getAttribute('aria-pressed'), 'true')
    await bar('mobile').waitFor()
    await bar('tablet').click()
    await headlineIsTrue(page)
  },
)

dashboardTest(
  'a country of the map filters, and can be taken away',
  '?range=3h&live=0&chart=impressions',
  async (page) => {
    const country = (code) => page.getByTestId('map').locator(`[data-code="${code}"]`)
    await country('AU').click()
    await headlineIsTrue(page, { country: 'AU' })
    await chip(page, 'Australia').waitFor()
    await country('AU').click()
    await headlineIsTrue(page)
    // Too small for a shape: a dot.
    await country('SG').click({ force: true })
    await headlineIsTrue(page, { country: 'SG' })
    await page.getByTestId('countries').locator('[data-value="SG"][aria-pressed="true"]').click()
    await headlineIsTrue(page)
    await page.getByRole('button', { name: /^All \d+ countries$/ }).click()
    await page.getByTestId('table').locator('tr[data-key="DE"]').waitFor()
  },
)

dashboardTest(
  'an unknown country and region can be clicked like any other',
  '?range=3h&live=0&by=country',
  async (page) => {
    await row(page, 'unknown').getByRole('button', { name: 'Unknown' }).click()
    await chip(page, 'Country').getByText('Unknown', { exact: true }).waitFor()
    assert.equal(parameter(page, 'country'), 'unknown')
    await headlineIsTrue(page, { country: '' })
    await row(page, 'unknown/unknown').getByRole('button').click()
    await chip(page, 'Region').getByText('Unknown', { exact: true }).waitFor()
    await headlineIsTrue(page, { country: '', region: '' })
  },
)

dashboardTest('names are text, in any direction and length', '?range=3h&live=0', async (page) => {
  for (const [i, name] of [
    [7, HOSTILE],
    [6, RIGHT_TO_LEFT],
    [5, LONG],
  ]) {
    await row(page, CAMPAIGN + i)
      .getByText(name.trim())
      .waitFor()
    await open(page, CAMPAIGN + i)
    await chip(page, name.trim()).waitFor()
    await page.getByRole('heading', { level: 1, name: name.trim() }).waitFor()
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(wide <= 0, `the page is ${wide} px too wide with the name ${name}`)
    await page.goBack()
    await rowCountIs(page, 8)
  }
  assert.equal(await page.locator('img[src="x"]').count(), 0)
})

// What somebody does in the morning: the best creative of the last hour on mobile in Germany.
pageTest(
  'the best creative on mobile in Germany against the hour before, exported',
  async (page) => {
    await openDashboard(page, '?range=1h', advertiserKey)
    await page.getByTestId('devices').locator('[data-value="mobile"]').click()
    await page.getByTestId('countries').locator('[data-value="DE"]').click()
    await page.getByRole('button', { name: 'Creatives', exact: true }).click()
    await page
      .getByRole('columnheader', { name: 'Clicks', exact: true })
      .getByRole('button')
      .click()
    await headlineIsTrue(page, { device: 'mobile', country: 'DE' })
    await page.getByRole('button', { name: 'Live' }).click()
    // The rows of the campaigns stay until those of the creatives are there.
    await page.locator('#report[aria-busy="false"]').waitFor()
    await eventually(
      async () => (await tableRows(page)).every((r) => r.change !== undefined),
      PATIENCE_MS,
      'a change beside the clicks',
    )
    const rows = await tableRows(page)
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'CSV', exact: true }).click()
    const { createReadStream } = await import('node:fs')
    const chunks = await createReadStream(await (await downloading).path()).toArray()
    const [head, first] = Buffer.concat(chunks).toString('utf8').replace('\uFEFF', '').split('\r\n')
    assert.match(
      head,
      /^Creative,creative_id,belongs_to,currency,impressions,clicks,clicks_before,clicks_change,/,
    )
    const cells = first.split(',')
    assert.equal(cells[1], rows[0].key)
    assert.equal(cells[5], rows[0].cells.clicks)
  },
)
