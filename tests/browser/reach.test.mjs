// Reach is counted by quarters of an hour, of advertisers and campaigns: elsewhere nobody asks for it.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { advertiserKey, dashboardTest, headlineIsTrue } from './figures.mjs'
import { openDashboard, pageTest } from './browser.mjs'
import { adminKey, apiUrl, call, edgeUrl, eventually, PATIENCE_MS } from './support.mjs'
import { LIVE } from './truth.mjs'

const QUARTER = 900_000
const columns = 'columns=impressions,reach&sort=-reach'

/** Opens the dashboard and gives what it asks reports for, and what was refused. */
async function watched(page, query, key = advertiserKey) {
  const asked = []
  const refused = []
  page.on('response', (answer) => {
    if (!answer.url().includes('/v1/report?')) return
    asked.push(new URL(answer.url()).searchParams)
    if (answer.status() >= 400) refused.push(answer.url())
  })
  await openDashboard(page, query, key)
  await page.getByTestId('table').waitFor()
  return { asked, refused }
}

const metrics = (asked) => new Set(asked.flatMap((params) => params.get('metrics').split(',')))

async function assertNotOffered(page, reason) {
  assert.equal(await page.getByRole('alert').count(), 0)
  assert.equal(await page.getByRole('columnheader', { name: 'Reach', exact: true }).count(), 0)
  await page.getByRole('button', { name: 'Columns' }).click()
  assert.ok(await page.getByLabel('Reach', { exact: true }).isDisabled())
  await page.getByRole('dialog').getByText(reason).waitFor()
}

for (const range of ['30m', '1h', '3h']) {
  pageTest(`not of the last ${range}, live`, async (page) => {
    const { asked, refused } = await watched(page, `?range=${range}&${columns}`)
    await headlineIsTrue(page)
    await eventually(() => asked.length >= 12, PATIENCE_MS, 'it was refreshed')
    assert.ok(!metrics(asked).has('reach'))
    assert.deepEqual(refused, [])
    await assertNotOffered(page, 'Reach is counted by quarters of an hour')
  })
}

pageTest('not of a time inside a quarter, but of one that stands on quarters', async (page) => {
  const end = Math.floor(Date.now() / QUARTER) * QUARTER
  const time = (from, to) =>
    `from=${new Date(end - from).toISOString()}&to=${new Date(end - to).toISOString()}`
  const inside = await watched(page, `?${time(3_600_000, 60_000)}&${columns}`)
  assert.ok(!metrics(inside.asked).has('reach'))
  assert.deepEqual(inside.refused, [])
  await assertNotOffered(page, 'Reach is counted by quarters of an hour')

  const on = await watched(page, `?${time(3_600_000, 0)}&${columns}`)
  await page.getByRole('columnheader', { name: 'Reach', exact: true }).waitFor()
  assert.ok(metrics(on.asked).has('reach'))
  assert.deepEqual(on.refused, [])
})

pageTest('not by creative, and not on mobile', async (page) => {
  const byCreative = await watched(page, `?range=today&by=creative&${columns}`)
  assert.ok(!metrics(byCreative.asked).has('reach'))
  await assertNotOffered(page, 'not by creative')
  const mobile = await watched(page, `?range=today&device=mobile&${columns}`)
  assert.ok(!metrics(mobile.asked).has('reach'))
  await assertNotOffered(page, 'not by device')
  assert.deepEqual([...byCreative.refused, ...mobile.refused], [])
})

dashboardTest('it goes and comes back with the range', `?range=today&${columns}`, async (page) => {
  const heading = page.getByRole('columnheader', { name: 'Reach', exact: true })
  await heading.waitFor()
  await page.getByRole('button', { name: '3 h', exact: true }).click()
  await heading.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Today' }).click()
  await heading.waitFor()
})

pageTest('how many people saw a campaign today', async (page) => {
  const people = Array.from({ length: 7 }, () => randomUUID())
  const lines = [...people, ...people.slice(2)].map((user_id) =>
    JSON.stringify({
      event_id: randomUUID(),
      type: 'impression',
      timestamp: Date.now(),
      advertiser_id: LIVE.advertiser,
      campaign_id: LIVE.campaign,
      ad_group_id: LIVE.ad_group,
      creative_id: LIVE.creative,
      device: 'tv',
      user_id,
    }),
  )
  await call('POST', `${edgeUrl}/v1/events`, lines.join('\n'), 'application/x-ndjson')
  await openDashboard(page, `?range=today&advertiser_id=${LIVE.advertiser}&${columns}`, adminKey)
  const reach = page.locator(`tr[data-key="${LIVE.campaign}"] [data-metric="reach"]`)
  await eventually(
    async () => (await reach.textContent().catch(() => ''))?.trim() === '7',
    PATIENCE_MS,
    'seven people are counted',
  )
})

pageTest('where the server has none of that time, the report is shown without', async (page) => {
  await page.route('**/v1/report?*', (route) => {
    if (!new URL(route.request().url()).searchParams.get('metrics').includes('reach'))
      return route.continue()
    return route.fulfill({
      status: 400,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        status: 400,
        title: 'Bad request',
        detail: 'from: reach is kept by quarters of an hour from 2026-11-01T00:00:00Z on',
      }),
    })
  })
  await openDashboard(page, `?range=today&${columns}`, advertiserKey)
  await page.getByTestId('table').waitFor()
  await headlineIsTrue(page)
  await assertNotOffered(page, 'Reach is kept by quarters')
})

pageTest('another mistake in the question is still told', async (page) => {
  await page.goto(`${apiUrl}/?range=today&country=germany&${columns}#key=${advertiserKey}`)
  await page.getByRole('alert').filter({ hasText: 'country' }).waitFor()
})
