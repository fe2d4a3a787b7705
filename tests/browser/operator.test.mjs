// How the pipeline is: what the operator's page shows, and who gets to see it.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { advertiserKey } from './figures.mjs'
import { openDashboard, pageTest } from './browser.mjs'
import { numberOf, openOperator, operatorTest, status } from './operator.mjs'
import { adminKey, apiUrl, call, edgeUrl, eventually, PATIENCE_MS } from './support.mjs'
import { LIVE } from './truth.mjs'

const IDS = {
  advertiser_id: LIVE.advertiser,
  campaign_id: LIVE.campaign,
  ad_group_id: LIVE.ad_group,
  creative_id: LIVE.creative,
}

function impression(more = {}) {
  return {
    event_id: randomUUID(),
    type: 'impression',
    timestamp: Date.now(),
    ...IDS,
    device: 'tv',
    ...more,
  }
}

function send(events) {
  const lines = events.map((event) => JSON.stringify(event)).join('\n')
  return call('POST', `${edgeUrl}/v1/events`, lines, 'application/x-ndjson')
}

const ledgerOf = async (page) => {
  const cells = page.getByTestId('ledger').locator('[data-ledger]')
  return Object.fromEntries(
    await cells.evaluateAll((all) =>
      all.map((c) => [c.dataset.ledger, Number(c.textContent.trim().replaceAll(',', ''))]),
    ),
  )
}

operatorTest('the ledger is that of the server, and adds up', '', async (page) => {
  await page.getByTestId('ledger').locator('[data-ledger="counted"]').waitFor()
  let shown, told
  await eventually(
    async () => {
      told = (await status()).ledger
      shown = await ledgerOf(page)
      return shown.received === told.received && shown.counted === told.counted
    },
    PATIENCE_MS,
    'the page shows the ledger of the server',
  )
  assert.ok(shown.received > 40_000, 'the seed is in it')
  assert.equal(shown.duplicate, told.duplicate)
  assert.equal(shown.bot, told.invalid.bot)
  assert.equal(shown.late, told.late)
  assert.equal(shown.rejected, told.rejected)
  assert.equal(shown.difference, 0)
  assert.equal(
    shown.received,
    shown.counted + shown.duplicate + shown.bot + shown.late + shown.rejected,
  )
  assert.equal(await page.getByTestId('ledger-alarm').count(), 0)
  assert.equal(await page.getByTestId('difference').textContent(), '0')
})

operatorTest('what comes in is on the screen within seconds', '', async (page) => {
  await page.getByTestId('ledger').locator('[data-ledger="counted"]').waitFor()
  await eventually(
    async () => (await ledgerOf(page)).received === (await status()).ledger.received,
    PATIENCE_MS,
    'what came before is on the screen',
  )
  const before = await ledgerOf(page)
  const refusedBefore = (await status()).rejections.refused_by_edge
  const place = `Atlantis ${randomUUID().slice(0, 8)}`
  const events = Array.from({ length: 40 }, () => impression())
  assert.equal((await send([...events, ...events.slice(0, 5)])).accepted, 45)
  const bad = await send([impression(), impression({ country: place }), impression({ device: 9 })])
  assert.deepEqual([bad.accepted, bad.rejected], [1, 2])

  await eventually(
    async () => {
      const now = await ledgerOf(page)
      return (
        now.received === before.received + 46 &&
        now.duplicate === before.duplicate + 5 &&
        now.counted === before.counted + 41
      )
    },
    PATIENCE_MS,
    'the events and their duplicates are in the ledger',
  )
  assert.ok(Number.parseFloat(await page.getByTestId('rate').textContent()) > 0)
  const rejections = page.getByTestId('rejections')
  await rejections.getByText(`country: expected two letters, got "${place}"`).waitFor()
  await rejections.getByText('refused by the edge').first().waitFor()
  const counts = await rejections.getByLabel('What is wrong with them').textContent()
  assert.match(counts, /country \d/)
  assert.match(counts, /device \d/)
  const refused = await page.getByTestId('refused').textContent()
  assert.equal(Number.parseInt(refused), refusedBefore + 2)
})

operatorTest('partitions, freshness and what waits', '', async (page) => {
  const rows = page.getByTestId('partitions').locator('tbody tr')
  await rows.first().waitFor()
  const { partitions } = await call('GET', `${apiUrl}/v1/freshness`)
  assert.deepEqual(
    await rows.evaluateAll((all) => all.map((row) => Number(row.dataset.partition))),
    partitions.map((p) => p.partition),
  )
  await eventually(
    async () => (await numberOf(page.getByTestId('waiting'))) === 0,
    PATIENCE_MS,
    'nothing waits in the log',
  )
  assert.match(await page.getByTestId('lag').textContent(), /^\s*\d+ s\s*$/)
  await page.getByTestId('freshness').getByText('complete to').waitFor()
})

operatorTest('how far the tiers are rolled up, and what they take', '', async (page) => {
  await call('POST', `${apiUrl}/v1/maintenance/rollup`)
  const { tiers, maintenance } = await status()
  const hour = tiers.find((tier) => tier.name === 'hour')
  assert.ok(hour.rolled_up_to, 'the seed has hours to roll up')
  const told = new Intl.DateTimeFormat('en-US', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'Europe/Berlin',
  }).format(Date.parse(hour.rolled_up_to))
  const row = page.locator('[data-tier="hour"]')
  await row.getByText(told, { exact: true }).first().waitFor()
  assert.ok(maintenance.passes >= 1)
  await page.getByTestId('maintenance').getByText('ended its last pass').waitFor()

  const { kept } = await call('GET', `${apiUrl}/v1/storage`)
  await page.getByTestId('storage-note').waitFor()
  const minutes = page.locator('[data-tier="minute"] td')
  assert.ok((await numberOf(minutes.nth(3))) > 0 && kept.find((k) => k.name === 'minute').rows > 0)
  assert.match((await minutes.nth(4).textContent()).trim(), /^[\d.]+ [kMG]?B$/)
  await page.getByTestId('archive').getByText('None.').waitFor()
})

pageTest('archived months are listed', async (page) => {
  await page.route('**/v1/status', async (route) => {
    const answer = await (await route.fetch()).json()
    answer.archive = [{ month: '2026-08', days: 31, files: 3, rows: 1234567, bytes: 89_000_000 }]
    await route.fulfill({ json: answer })
  })
  await openOperator(page)
  const cells = page.locator('[data-month="2026-08"]').locator('th, td')
  await cells.first().waitFor()
  assert.deepEqual(
    (await cells.allTextContents()).map((text) => text.trim()),
    ['Aug 2026', '31', '3', '1,234,567', '89.0 MB'],
  )
})

pageTest('a ledger that does not add up is loud, on every part of the page', async (page) => {
  await page.route('**/v1/ledger?*', async (route) => {
    const answer = await (await route.fetch()).json()
    const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 600_000)
    answer.minutes.unshift({ ...answer.totals, minute: minute.toISOString(), difference: 3 })
    answer.totals.difference = 3
    await route.fulfill({ json: answer })
  })
  await openOperator(page)
  const alarm = page.getByTestId('ledger-alarm')
  await alarm.getByText('The ledger does not add up.').waitFor()
  const text = (await alarm.textContent()).replace(/\s+/g, ' ')
  assert.match(text, /3 events are unaccounted for, in the minute \d\d:\d\d\./)
  assert.equal(await alarm.getAttribute('role'), 'alert')
  assert.equal(await page.getByTestId('difference').textContent(), '3')
  await page.getByRole('button', { name: 'Keys' }).click()
  await alarm.waitFor()
})

operatorTest(
  'it refreshes without flicker, and survives a server that is away',
  '',
  async (page) => {
    await page.getByTestId('ledger').locator('[data-ledger="counted"]').waitFor()
    await page.getByTestId('storage-note').waitFor()
    // What is there stays there: elements that are exchanged or emptied would be seen to blink.
    await page.evaluate(() => {
      window.blinks = []
      window.marked = [
        ...document.querySelectorAll('main section, main dl, main table, [data-testid]'),
      ]
      new MutationObserver((changes) => {
        for (const { removedNodes, target } of changes) {
          for (const node of removedNodes) {
            if (node.nodeType === 1) window.blinks.push(`${target.nodeName} lost ${node.outerHTML}`)
          }
        }
        if (document.querySelector('main [role="status"]')?.textContent.includes('Loading'))
          window.blinks.push('something is loading')
      }).observe(document.querySelector('main'), { childList: true, subtree: true })
    })
    let refreshes = 0
    page.on('response', (answer) => (refreshes += answer.url().includes('/v1/ledger') ? 1 : 0))
    await eventually(() => refreshes >= 6, PATIENCE_MS, 'the page refreshes by itself')
    const seen = await page.evaluate(() => ({
      gone: window.marked.filter((element) => !element.isConnected).length,
      // A new minute makes a new bar, and takes the oldest away.
      blinks: window.blinks.filter((text) => !text.startsWith('svg lost <g')),
    }))
    assert.deepEqual(seen, { gone: 0, blinks: [] })

    await page.route('**/v1/*', (route) => route.abort())
    await page.getByRole('alert').getByText('The server cannot be reached').waitFor()
    assert.ok(await page.getByTestId('rate').isVisible())
    await page.unroute('**/v1/*')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('alert').waitFor({ state: 'detached' })
  },
)

pageTest('pages are in the address, and in the steps of the browser', async (page) => {
  await openDashboard(page, '?range=1h&by=device', adminKey)
  await page.getByRole('link', { name: 'Operator' }).click()
  await page.getByTestId('health-tiles').waitFor()
  assert.equal(new URL(page.url()).search, '?view=operator')
  await page.getByRole('button', { name: 'Catalog' }).click()
  await page.getByRole('button', { name: 'Creatives' }).click()
  await page.getByTestId('catalog-table').waitFor()
  assert.equal(new URL(page.url()).search, '?view=operator&tab=catalog&kind=creative')
  await page.reload()
  await page.locator('button[aria-pressed="true"]', { hasText: 'Creatives' }).waitFor()
  await page.goBack()
  await page.goBack()
  await page.getByTestId('health-tiles').waitFor()
  await page.getByRole('link', { name: 'Reports' }).click()
  await page.getByTestId('total-clicks').waitFor()
  await page.goBack()
  await page.getByTestId('health-tiles').waitFor()
  await page.goBack()
  await page.getByTestId('total-clicks').waitFor()
  assert.equal(new URL(page.url()).search, '?range=1h&by=device')
  await page.locator('[data-tab="device"][aria-pressed="true"]').waitFor()
})

pageTest('an advertiser neither sees nor loads it, and its calls are refused', async (page) => {
  const asked = []
  page.on('request', (request) => asked.push(request.url()))
  await openDashboard(page, '?view=operator&tab=keys', advertiserKey)
  await page.getByTestId('table').waitFor()
  assert.equal(await page.getByRole('heading', { name: 'Operator' }).count(), 0)
  assert.equal(await page.getByRole('link', { name: 'Operator' }).count(), 0)
  assert.deepEqual(
    asked.filter((url) => /Operator|v1\/(status|ledger|storage|keys|tracking-links)/.test(url)),
    [],
  )
  const answers = await page.evaluate(async () => {
    const made = (method, path, body) =>
      fetch(path, { method, body, headers: { 'Adtally-Csrf': '1' } }).then((a) => a.status)
    return [
      await made('GET', 'v1/status'),
      await made('GET', 'v1/ledger?from=2026-01-01&to=2026-01-02'),
      await made('GET', 'v1/storage'),
      await made('GET', 'v1/keys'),
      await made('POST', 'v1/keys', '{"role":"admin"}'),
      await made('DELETE', 'v1/keys/admin'),
      await made('POST', 'v1/catalog', '{}'),
      await made('POST', 'v1/tracking-links', '{}'),
      await made('POST', 'v1/maintenance/rollup'),
    ]
  })
  assert.deepEqual(answers, Array(9).fill(403))
})

pageTest('a session that ends elsewhere leads back to signing in', async (page) => {
  const { id, key } = await call('POST', `${apiUrl}/v1/keys`, '{"role":"admin"}')
  await page.goto(`${apiUrl}/?view=operator#key=${key}`)
  await page.getByTestId('health-tiles').waitFor()
  await call('DELETE', `${apiUrl}/v1/keys/${id}`)
  await page.getByRole('alert').getByText('no longer accepted').waitFor()
})
