// The pictures of docs/, taken when run.py is told where to put them.
import { dashboardTest } from './figures.mjs'
import { PHONE, screenshot } from './browser.mjs'
import { operatorTest } from './operator.mjs'
import { call, edgeUrl } from './support.mjs'

// Ten hours, and the ten before them to compare with.
const HOUR = 3_600_000
const now = Math.floor(Date.now() / HOUR) * HOUR
const hours = `from=${new Date(now - 10 * HOUR).toISOString()}&to=${new Date(now).toISOString()}`

const pictures = {
  dashboard: { query: '?range=3h&chart=impressions', height: 1560 },
  'drill-down': {
    query: `?${hours}&campaign_id=1010&device=mobile&by=creative&chart=clicks&sort=-clicks`,
    height: 1420,
  },
}

for (const colorScheme of ['light', 'dark']) {
  for (const [name, { query, height }] of Object.entries(pictures)) {
    dashboardTest(
      `a picture of the ${name}, ${colorScheme}`,
      query,
      async (page) => {
        await page.getByTestId('map').waitFor()
        await page.evaluate(() => document.fonts.ready)
        await screenshot(page, `${name}-${colorScheme}.png`)
      },
      { colorScheme, viewport: { width: 1360, height } },
    )
  }
}

for (const colorScheme of ['light', 'dark']) {
  operatorTest(
    `a picture of the operator\u2019s page, ${colorScheme}`,
    '',
    async (page) => {
      const bad = { event_id: 'a', type: 'click', country: 'USA', device: 'phone' }
      await call('POST', `${edgeUrl}/v1/events`, JSON.stringify(bad)).catch(() => {})
      await page.getByTestId('storage-note').waitFor()
      await page.getByTestId('rejections').getByText('country').first().waitFor()
      await page.evaluate(() => document.fonts.ready)
      await screenshot(page, `operator-${colorScheme}.png`)
    },
    { colorScheme, viewport: { width: 1360, height: 1420 } },
  )
}

dashboardTest(
  'a picture of a phone',
  '?range=3h',
  async (page) => {
    await page.getByTestId('map').waitFor()
    await screenshot(page, 'dashboard-phone.png')
  },
  PHONE,
)
