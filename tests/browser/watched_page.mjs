// An advertiser whose every name is an attack, and pages that note whatever an attack could cause.
import assert from 'node:assert/strict'
import { randomInt, randomUUID } from 'node:crypto'
import { after, before } from 'node:test'
import { chromium } from 'playwright-core'
import { apiUrl, call, edgeUrl, eventually } from './support.mjs'

export const PATIENCE_MS = 30_000

// Each would set window.hacked if it were run, or turn the text around it.
export const HOSTILE = [
  '<img src=x onerror="window.hacked=1">',
  '</script><script>window.hacked=2</script>',
  '<svg/onload=window.hacked=3>',
  '"><iframe srcdoc="<script>parent.hacked=4</script>"></iframe>',
  "' onmouseover='window.hacked=5' x='",
  'javascript:window.hacked=6',
  '{{constructor.constructor("window.hacked=7")()}}${window.hacked=7}',
  '\u202Egnp.exe\u202C \u2067evil\u2069 \u200F!',
  '</title></style></textarea><!--',
  'W'.repeat(256),
]
export const DIMENSIONS = ['advertiser', 'campaign', 'ad_group', 'creative', 'device', 'country', 'region']

let browser
/** Filled by `watched`: an advertiser whose every name is hostile. */
export let advertiser

/** Before the tests of a file: makes the advertiser, and starts the browser. */
export function watched() {
  before(async () => {
    advertiser = await seed()
    browser = await chromium.launch({
      executablePath: process.env.ADTALLY_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
    })
  })
  after(() => browser?.close())
}

/** Of the campaign with the hostile name at that place, its ad group and its creative. */
export function idsOf(index) {
  const campaign = advertiser.id + index
  return {
    advertiser_id: advertiser.id,
    campaign_id: campaign,
    ad_group_id: campaign * 10,
    creative_id: campaign * 10 + 1,
  }
}

/** An advertiser whose every name is hostile, with a click on each creative, and a key of its own. */
async function seed() {
  advertiser = { id: 3_000_000 + randomInt(1000) * 100 }
  const each = HOSTILE.map((name, index) => ({ name, ...idsOf(index) }))
  await call(
    'POST',
    `${apiUrl}/v1/catalog`,
    JSON.stringify({
      advertisers: [{ id: advertiser.id, name: HOSTILE[0], time_zone: 'UTC', currency: 'EUR' }],
      campaigns: each.map((e) => ({
        id: e.campaign_id,
        advertiser_id: advertiser.id,
        name: e.name,
      })),
      ad_groups: each.map((e) => ({ id: e.ad_group_id, campaign_id: e.campaign_id, name: e.name })),
      creatives: each.map((e) => ({
        id: e.creative_id,
        ad_group_id: e.ad_group_id,
        name: e.name,
        landing_url: 'https://example.com/?<script>window.hacked=8</script>',
      })),
    }),
  )
  const timestamp = Date.now() - 5 * 60_000
  const lines = each.flatMap(({ name: _, ...ids }) =>
    ['impression', 'click'].map((type) =>
      JSON.stringify({ event_id: randomUUID(), type, timestamp, ...ids, device: 'mobile' }),
    ),
  )
  await call('POST', `${edgeUrl}/v1/events`, lines.join('\n'), 'application/x-ndjson')
  const body = { role: 'advertiser', advertiser_id: advertiser.id, label: HOSTILE[0] }
  advertiser.key = (await call('POST', `${apiUrl}/v1/keys`, JSON.stringify(body))).key
  const query = new URLSearchParams({
    from: new Date(timestamp - 3_600_000).toISOString(),
    to: new Date(timestamp + 3_600_000).toISOString(),
    advertiser_id: advertiser.id,
    metrics: 'clicks',
  })
  await eventually(
    async () =>
      (await call('GET', `${apiUrl}/v1/report?${query}`)).totals.clicks === HOSTILE.length,
    PATIENCE_MS,
    'the events of the test are counted',
  )
  return advertiser
}

/** A page that notes whatever a hostile text could cause. */
export async function openWatchedPage() {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const problems = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('dialog', (dialog) => {
    problems.push(`a dialog opened: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('console', (message) => {
    const text = message.text()
    if (/Content Security Policy|Trusted/i.test(text)) problems.push(text)
  })
  page.on('request', (request) => {
    const origin = new URL(request.url()).origin
    if (origin !== apiUrl && origin !== 'null') problems.push(`asked ${request.url()}`)
  })
  await page.addInitScript(() => {
    window.violations = []
    document.addEventListener('securitypolicyviolation', (event) =>
      window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`),
    )
  })
  return { context, page, problems }
}

export async function assertUnharmed({ page, problems }) {
  const found = await page.evaluate(() => ({
    hacked: window.hacked ?? null,
    violations: window.violations,
    planted: [
      ...document.querySelectorAll(
        'iframe, object, embed, base, [onerror], [onload], [onmouseover]',
      ),
    ].map((element) => element.outerHTML),
    scripts: [...document.scripts].filter((script) => !script.src).map((script) => script.text),
  }))
  assert.deepEqual(found, { hacked: null, violations: [], planted: [], scripts: [] })
  assert.deepEqual(problems, [])
}

export async function signIn(page, key, query = '') {
  await page.goto(`${apiUrl}/${query}#key=${key}`)
  await page.getByTestId('total-clicks').waitFor()
}
