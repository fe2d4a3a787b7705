// What the browser tests share: the server under test, data of their own, a browser.
import { randomInt, randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium } from 'playwright-core'

function needed(name) {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: it must name the running server that is tested`)
  return value.replace(/\/$/, '')
}

export const apiUrl = needed('ADTALLY_API_URL')
export const edgeUrl = needed('ADTALLY_EDGE_URL')
export const adminKey = needed('ADTALLY_ADMIN_KEY')

/** A headless browser's own name would be filtered as a robot's. */
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

export function launch() {
  return chromium.launch({
    executablePath: process.env.ADTALLY_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** A page of its own context. `problems` collects script errors and violations of the security policy. */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1360, height: 900 },
    locale: 'en-US',
    timezoneId: 'Europe/Berlin',
    colorScheme: 'light',
    userAgent: USER_AGENT,
    ...options,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const problems = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('dialog', (dialog) => {
    problems.push(`a dialog opened: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) problems.push(message.text())
  })
  return { page, problems, close: () => context.close() }
}

/** Opens the dashboard, signed in, and waits for the first numbers. */
export async function openDashboard(browser, query = '', options = {}) {
  const opened = await openPage(browser, options)
  await opened.page.goto(`${apiUrl}/${query}#key=${adminKey}`)
  await opened.page.getByTestId('total-clicks').waitFor()
  return opened
}

export async function call(method, url, body, contentType = 'application/json') {
  const answer = await fetch(url, {
    method,
    headers: { Authorization: `Bearer ${adminKey}`, ...(body && { 'Content-Type': contentType }) },
    body,
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`)
  return text && JSON.parse(text)
}

export function report(params) {
  return call('GET', `${apiUrl}/v1/report?${new URLSearchParams(params)}`)
}

/** Polls until `probe` gives something true, and returns it. */
export async function eventually(probe, timeoutMs, what) {
  const end = Date.now() + timeoutMs
  for (;;) {
    const found = await probe()
    if (found) return found
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await sleep(100)
  }
}

/**
 * Two campaigns nobody else uses, one with a hostile name and from nowhere, and a known number of
 * events for each.
 */
export async function seed() {
  const base = 1_000_000 + randomInt(1_000_000) * 10
  const advertiser = base
  const campaigns = [
    {
      id: base + 1,
      name: `Browser test ${base}`,
      place: { country: 'DE', region: 'BE' },
      impressions: 40,
      clicks: 5,
      conversions: 2,
    },
    {
      id: base + 2,
      name: '<img src=x onerror=alert(1)>',
      place: {},
      impressions: 12,
      clicks: 1,
      conversions: 0,
    },
  ]
  const parents = (c) => ({ advertiser_id: advertiser, campaign_id: c.id })
  await call(
    'POST',
    `${apiUrl}/v1/catalog`,
    JSON.stringify({
      advertisers: [
        { id: advertiser, name: `Advertiser ${base}`, time_zone: 'Europe/Berlin', currency: 'EUR' },
      ],
      campaigns: campaigns.map((c) => ({ id: c.id, advertiser_id: advertiser, name: c.name })),
      ad_groups: campaigns.map((c) => ({ ...parents(c), id: c.id * 10, name: 'Group' })),
      creatives: campaigns.map((c) => ({
        ...parents(c),
        id: c.id * 10 + 1,
        ad_group_id: c.id * 10,
        name: 'Creative',
        landing_url: 'https://example.com/',
      })),
    }),
  )

  // Long enough ago to be in complete minutes, recent enough for every range.
  const timestamp = Date.now() - 10 * 60_000
  const events = campaigns.flatMap((c) =>
    ['impression', 'click', 'conversion'].flatMap((type) =>
      Array.from({ length: c[`${type}s`] }, () => ({
        event_id: randomUUID(),
        type,
        timestamp,
        ...parents(c),
        ad_group_id: c.id * 10,
        creative_id: c.id * 10 + 1,
        device: 'mobile',
        ...c.place,
        ...(type === 'click' && { cost_micros: 250_000 }),
      })),
    ),
  )
  const lines = events.map((event) => JSON.stringify(event)).join('\n')
  const answer = await call('POST', `${edgeUrl}/v1/events`, lines, 'application/x-ndjson')
  if (answer.accepted !== events.length)
    throw new Error(`not all accepted: ${JSON.stringify(answer)}`)

  const clicks = campaigns.reduce((sum, c) => sum + c.clicks, 0)
  const hour = 3_600_000
  await eventually(
    async () => {
      const { totals } = await report({
        from: new Date(timestamp - hour).toISOString(),
        to: new Date(timestamp + hour).toISOString(),
        granularity: 'total',
        advertiser_id: advertiser,
        metrics: 'clicks',
      })
      return totals.clicks === clicks
    },
    20_000,
    'the events of the test are counted',
  )
  return { advertiser, campaigns }
}

/** Saves a picture into the folder ADTALLY_SCREENSHOTS, if there is one. */
export async function screenshot(page, name) {
  const folder = process.env.ADTALLY_SCREENSHOTS
  if (!folder) return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: path.join(folder, name) })
}
