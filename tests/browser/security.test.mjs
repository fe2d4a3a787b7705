// What an attacker can do to somebody who is signed in: names that are markup, other sites, scripts.
import assert from 'node:assert/strict'
import { randomInt, randomUUID } from 'node:crypto'
import http from 'node:http'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { adminKey, apiUrl, call, edgeUrl, eventually } from './support.mjs'

const PATIENCE_MS = 30_000

// Each would set window.hacked if it were run, or turn the text around it.
const HOSTILE = [
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
const DIMENSIONS = ['advertiser', 'campaign', 'ad_group', 'creative', 'device', 'country', 'region']

let browser
let advertiser
before(async () => {
  advertiser = await seed()
  browser = await chromium.launch({
    executablePath: process.env.ADTALLY_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
  })
})
after(() => browser?.close())

/** Of the campaign with the hostile name at that place, its ad group and its creative. */
function idsOf(index) {
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
async function openWatchedPage() {
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

async function assertUnharmed({ page, problems }) {
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

async function signIn(page, key, query = '') {
  await page.goto(`${apiUrl}/${query}#key=${key}`)
  await page.getByTestId('total-clicks').waitFor()
}

test('hostile names are text in every view', async () => {
  const opened = await openWatchedPage()
  const { page, context } = opened
  try {
    for (const key of [advertiser.key, adminKey]) {
      await signIn(page, key)
      for (const by of DIMENSIONS) {
        await page.goto(`${apiUrl}/?by=${by}&advertiser_id=${advertiser.id}`)
        const row = page.getByTestId('table').locator('tbody tr')
        await row.first().waitFor()
        if (['campaign', 'ad_group', 'creative'].includes(by)) {
          assert.equal(await row.count(), HOSTILE.length)
          for (const [index, name] of HOSTILE.entries()) {
            const shown = page.locator(`tr[data-key="${idsOf(index)[`${by}_id`]}"]`)
            assert.ok((await shown.textContent()).includes(name), name)
            assert.equal((await shown.locator('[data-metric="clicks"]').textContent()).trim(), '1')
          }
        }
        await row.first().hover()
        await page.getByTestId('chart').hover()
        await assertUnharmed(opened)
      }
    }
  } finally {
    await context.close()
  }
})

test('hostile names are text in filters, searches and addresses', async () => {
  const opened = await openWatchedPage()
  const { page, context } = opened
  try {
    await signIn(page, advertiser.key)
    for (const [index, name] of HOSTILE.entries()) {
      const { campaign_id, ad_group_id, creative_id } = idsOf(index)
      const filters = new URLSearchParams({ campaign_id, ad_group_id, creative_id, by: 'creative' })
      await page.goto(`${apiUrl}/?${filters}`)
      await page.getByTestId('chip').filter({ hasText: name }).first().waitFor()
      await page.locator(`tr[data-key="${creative_id}"]`).waitFor()
      await assertUnharmed(opened)

      // Whatever parameter of the address a view takes, it may hold anything.
      const names = [
        'by',
        'search',
        'q',
        'range',
        'from',
        'to',
        'sort',
        'chart',
        'columns',
        'country',
        'page',
        'zoom',
      ]
      await page.goto(`${apiUrl}/?${new URLSearchParams(names.map((each) => [each, name]))}`)
      await page.getByTestId('cards').or(page.getByRole('alert')).first().waitFor()
      await assertUnharmed(opened)
    }
  } finally {
    await context.close()
  }
})

test('hostile names are text on the operator\u2019s page', async () => {
  const opened = await openWatchedPage()
  const { page, context } = opened
  try {
    // What was not taken is shown as it was sent.
    for (const name of HOSTILE) {
      const event = { event_id: randomUUID(), type: name, country: name, device: name }
      await call('POST', `${edgeUrl}/v1/events`, JSON.stringify(event)).catch(() => {})
    }
    await page.goto(`${apiUrl}/?view=operator#key=${adminKey}`)
    await page.getByTestId('rejections').getByText(HOSTILE[0].slice(0, 15)).first().waitFor()
    await assertUnharmed(opened)

    await page.goto(`${apiUrl}/?view=operator&tab=keys`)
    const key = page.getByTestId('keys').locator('tr', { hasText: HOSTILE[0] }).last()
    await key.waitFor()
    await key.getByRole('button', { name: 'Delete the key' }).click()
    await page.getByRole('dialog').getByText(HOSTILE[0]).waitFor()
    await assertUnharmed(opened)

    for (const kind of ['advertiser', 'campaign', 'ad_group', 'creative']) {
      for (const [index, name] of HOSTILE.entries()) {
        const id = kind === 'advertiser' ? advertiser.id : idsOf(index)[`${kind}_id`]
        const query = new URLSearchParams({ view: 'operator', tab: 'catalog', kind, q: id })
        await page.goto(`${apiUrl}/?${query}`)
        const row = page.locator(`tr[data-id="${id}"]`)
        await row.waitFor()
        assert.ok(
          (await row.textContent()).includes(kind === 'advertiser' ? HOSTILE[0] : name),
          name,
        )
        await row.getByRole('button', { name: 'Edit' }).click()
        await page.getByRole('dialog').getByLabel('Name').waitFor()
        await assertUnharmed(opened)
        if (kind === 'advertiser') break
      }
    }
    for (const [index, name] of HOSTILE.entries()) {
      const { creative_id } = idsOf(index)
      await page.goto(`${apiUrl}/?view=operator&tab=links&creative_id=${creative_id}`)
      await page.getByTestId('landing-preview').getByText('https://example.com/?<script>').waitFor()
      await page.getByRole('button', { name: 'Make the links' }).click()
      await page.getByTestId('click-url').waitFor()
      await assertUnharmed(opened)
      // Whatever parameter of the address the page takes.
      const names = ['tab', 'kind', 'q', 'page', 'creative_id'].map((each) => [each, name])
      await page.goto(`${apiUrl}/?view=operator&${new URLSearchParams(names)}`)
      await page.getByTestId('health-tiles').waitFor()
      await assertUnharmed(opened)
    }
  } finally {
    await context.close()
  }
})

test('the policy is on: no inline script, no markup from text, no eval', async () => {
  const { page, context } = await openWatchedPage()
  try {
    await signIn(page, advertiser.key)
    const outcome = await page.evaluate(async () => {
      // Later, since a debugger's own call, which this is, may evaluate.
      await new Promise((resolve) => setTimeout(resolve))
      const thrown = (run) => {
        try {
          run()
          return null
        } catch (error) {
          return error.name
        }
      }
      const script = document.createElement('script')
      const image = document.createElement('img')
      return {
        markup: thrown(() => (document.body.innerHTML = '<img src=x onerror="window.hacked=1">')),
        inline: thrown(() => {
          script.text = 'window.hacked = 2'
          document.head.append(script)
        }),
        handler: thrown(() => {
          image.setAttribute('onerror', 'window.hacked = 3')
          image.dispatchEvent(new Event('error'))
        }),
        evaluated: thrown(() => window.eval('window.hacked = 4')),
        hacked: window.hacked ?? null,
        app: document.getElementById('app') !== null,
      }
    })
    // Older browsers take the attribute, and the policy keeps it from being run.
    assert.ok([null, 'TypeError'].includes(outcome.handler), outcome.handler)
    assert.deepEqual(outcome, {
      ...outcome,
      markup: 'TypeError',
      inline: 'TypeError',
      evaluated: 'EvalError',
      hacked: null,
      app: true,
    })
    await eventually(
      () => page.evaluate(() => window.violations.length >= 3),
      PATIENCE_MS,
      'the browser reports violations',
    )
  } finally {
    await context.close()
  }
})

test('the session is a cookie that no script can read, and nothing else', async () => {
  const { page, context } = await openWatchedPage()
  try {
    await signIn(page, advertiser.key)
    const kept = await page.evaluate(() =>
      JSON.stringify([document.cookie, { ...sessionStorage }, { ...localStorage }, location.href]),
    )
    assert.ok(!kept.includes(advertiser.key) && !kept.includes('adtally-session'), kept)
    const [cookie, ...others] = await context.cookies()
    assert.deepEqual(others, [])
    assert.equal(cookie.name, 'adtally-session')
    assert.equal(cookie.httpOnly, true)
    assert.equal(cookie.sameSite, 'Strict')

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('API key').waitFor()
    await eventually(
      async () => (await context.cookies()).length === 0,
      PATIENCE_MS,
      'signing out takes the cookie away',
    )
  } finally {
    await context.close()
  }
})

test('signing in as somebody else in one tab changes the others', async () => {
  const { page, context } = await openWatchedPage()
  try {
    await signIn(page, adminKey)
    const other = await context.newPage()
    await signIn(other, advertiser.key)
    await eventually(
      () =>
        page.evaluate(
          (id) => document.querySelectorAll(`tr[data-key="${id}"]`).length === 1,
          idsOf(1).campaign_id,
        ),
      PATIENCE_MS,
      'the first tab shows what the second one signed in to',
    )
    await other.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('API key').waitFor()
  } finally {
    await context.close()
  }
})

/** Serves one page on an origin of its own, which sends all the host's cookies along: a sibling site. */
async function otherSite(html) {
  const server = http.createServer((_, answer) => {
    answer.setHeader('Content-Type', 'text/html')
    answer.end(html)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() }
}

const keyCount = async () => (await call('GET', `${apiUrl}/v1/keys`)).keys.length

test('another site can neither act nor look nor frame', async () => {
  const { page, context } = await openWatchedPage()
  const body = JSON.stringify({ role: 'admin' })
  const site = await otherSite(
    `<iframe src="${apiUrl}/"></iframe>
     <form method="post" action="${apiUrl}/v1/keys" enctype="text/plain"><input name='{"role":"admin","label":"' value='"}'></form>`,
  )
  try {
    await signIn(page, adminKey)
    const keys = await keyCount()
    await page.goto(site.url)
    const outcome = await page.evaluate(
      async ([api, json]) => {
        const attempt = (path, init) =>
          fetch(api + path, { credentials: 'include', ...init }).then(
            (answer) => answer.type,
            () => 'refused',
          )
        return {
          simple: await attempt('/v1/keys', { method: 'POST', mode: 'no-cors', body: json }),
          json: await attempt('/v1/keys', {
            method: 'POST',
            headers: { 'Content-Type': 'application/json', 'Adtally-Csrf': '1' },
            body: json,
          }),
          signOut: await attempt('/v1/session', {
            method: 'DELETE',
            headers: { 'Adtally-Csrf': '1' },
          }),
          read: await attempt('/v1/catalog', {}),
          opaque: await attempt('/v1/catalog', { mode: 'no-cors' }),
        }
      },
      [apiUrl, body],
    )
    assert.equal(outcome.json, 'refused')
    assert.equal(outcome.signOut, 'refused')
    assert.equal(outcome.read, 'refused')
    assert.notEqual(outcome.simple, 'basic')
    assert.notEqual(outcome.opaque, 'basic')
    const framed = page.frames().find((frame) => frame.parentFrame())
    assert.ok(!framed || (await framed.locator('#app').count()) === 0, 'the dashboard was framed')

    const [answer] = await Promise.all([
      page.waitForNavigation(),
      page.evaluate(() => document.forms[0].submit()),
    ])
    assert.equal(answer.url(), `${apiUrl}/v1/keys`)
    assert.equal(answer.status(), 403)
    assert.equal(await keyCount(), keys)
    await page.goto(apiUrl)
    await page.getByTestId('total-clicks').waitFor() // still signed in
  } finally {
    site.close()
    await context.close()
  }
})
