// What an attacker can do to somebody who is signed in: scripts, stolen sessions, other sites.
import assert from 'node:assert/strict'
import http from 'node:http'
import { test } from 'node:test'
import { adminKey, apiUrl, call, eventually } from './support.mjs'
import { PATIENCE_MS, advertiser, idsOf, openWatchedPage, signIn, watched } from './watched_page.mjs'

watched()

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
