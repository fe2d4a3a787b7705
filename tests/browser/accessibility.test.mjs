// Everybody can use it: by axe-core's rules, by keyboard, on a phone.
import assert from 'node:assert/strict'
import { faults } from './axe.mjs'
import { advertiserKey, dashboardTest, headlineIsTrue } from './figures.mjs'
import { openDashboard, pageTest, PHONE } from './browser.mjs'
import { apiUrl } from './support.mjs'

const views = {
  'the overview': '?range=1h&live=0',
  'many metrics and filters':
    '?range=3h&live=0&chart=impressions,clicks,spend&campaign_id=1010,1017&country=DE&by=creative',
  'an empty time': '?from=2026-01-01T00:00Z&to=2026-01-02T00:00Z',
}

for (const colorScheme of ['light', 'dark']) {
  for (const [name, query] of Object.entries(views)) {
    pageTest(
      `axe finds no fault with ${name}, ${colorScheme}`,
      async (page) => {
        await openDashboard(page, query, advertiserKey)
        if (name !== 'an empty time') await page.getByTestId('map').waitFor()
        assert.deepEqual(await faults(page), [])
      },
      { colorScheme },
    )
  }

  pageTest(
    `axe finds no fault with signing in, menus and errors, ${colorScheme}`,
    async (page) => {
      await page.goto(apiUrl)
      await page.getByLabel('API key').fill('no such key')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('alert').getByText('This key is not known').waitFor()
      assert.deepEqual(await faults(page), [])

      await openDashboard(page, '?range=1h&live=0', advertiserKey)
      await page.getByRole('button', { name: 'Columns' }).click()
      assert.deepEqual(await faults(page), [])
      await page.getByRole('button', { name: 'Custom' }).click()
      assert.deepEqual(await faults(page), [])

      await openDashboard(page, '?range=1h&live=0', advertiserKey)
      await page.route('**/v1/report?*', (route) => route.abort())
      await page.getByRole('button', { name: 'Today' }).click()
      await page.getByRole('alert').getByText('cannot be reached').waitFor()
      assert.deepEqual(await faults(page), [])
    },
    { colorScheme },
  )
}

dashboardTest(
  'everything can be reached and done without a mouse',
  '?range=3h&live=0',
  async (page) => {
    const reached = new Set()
    await page.evaluate(() => document.activeElement?.blur())
    for (let i = 0; i < 90 && !reached.has('row'); i++) {
      await page.keyboard.press('Tab')
      reached.add(
        await page.evaluate(() => {
          const at = document.activeElement
          const test = at.closest('[data-testid]')?.dataset.testid
          if (at.closest('tbody')) return 'row'
          return test ?? at.getAttribute('aria-label') ?? at.textContent.trim()
        }),
      )
    }
    for (const place of [
      'Sign out',
      'Today',
      'cards',
      'chart',
      'countries',
      'devices',
      'Campaigns',
      'row',
    ])
      assert.ok(reached.has(place), `${place} was not reached: ${[...reached].join(', ')}`)
    const key = await page.evaluate(() => Number(document.activeElement.closest('tr').dataset.key))
    await page.keyboard.press('Enter')
    await headlineIsTrue(page, { campaign_id: key })
  },
)

dashboardTest('light and dark, kept over a reload', '', async (page) => {
  const background = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  const light = await background()
  await page.getByRole('button', { name: 'Use the dark theme' }).click()
  const dark = await background()
  assert.notEqual(dark, light)
  await page.reload()
  await page.getByTestId('total-clicks').waitFor()
  assert.equal(await background(), dark)
  await page.getByRole('button', { name: 'Use the light theme' }).click()
  assert.equal(await background(), light)
})

for (const [name, query] of Object.entries(views)) {
  pageTest(
    `a phone shows ${name} without scrolling the page sideways`,
    async (page) => {
      await openDashboard(page, query, advertiserKey)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      assert.ok(wide <= 0, `the page is ${wide} px too wide`)
      assert.deepEqual(await faults(page), [])
    },
    PHONE,
  )
}
