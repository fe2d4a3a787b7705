// The table: numbers, sorting, searching, paging, columns, and what is downloaded.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import {
  asOnScreen,
  dashboardTest,
  headline,
  parameter,
  rowCountIs,
  tableRows,
  truth,
} from './figures.mjs'
import { eventually, PATIENCE_MS } from './support.mjs'
import { ADVERTISER, HOSTILE } from './truth.mjs'

const CREATIVES = 48
const PAGE = 25

async function downloaded(page, button) {
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: button, exact: true }).click()
  const download = await downloading
  const text = await readFile(await download.path(), 'utf8')
  const [head, ...lines] = text.replace('\uFEFF', '').trimEnd().split('\r\n')
  return { name: download.suggestedFilename(), head: head.split(','), lines }
}

for (const [dimension, property] of [
  ['campaign', 'campaign_id'],
  ['device', 'device'],
]) {
  dashboardTest(
    `every number by ${dimension} is the true one`,
    `?range=3h&live=0&by=${dimension}`,
    async (page) => {
      const { from, to } = await headline(page)
      const rows = await tableRows(page)
      assert.equal(rows.length, dimension === 'campaign' ? 8 : 5)
      for (const { key, cells } of rows) {
        const sums = truth(from, to, { [property]: dimension === 'campaign' ? Number(key) : key })
        for (const id of ['impressions', 'clicks', 'ctr', 'spend', 'conversions'])
          assert.equal(cells[id], asOnScreen(id, sums[id]), `${id} of ${key}`)
      }
    },
  )
}

const GROSS_AND_NET = [
  'clicks',
  'invalid_clicks',
  'duplicate_clicks',
  'gross_clicks',
  'invalid_click_rate',
  'duplicate_click_rate',
]
dashboardTest(
  'clicks gross and net of duplicates and invalid ones are the true ones',
  `?range=3h&live=0&columns=${GROSS_AND_NET}`,
  async (page) => {
    const { from, to } = await headline(page)
    const rows = await tableRows(page)
    assert.equal(rows.length, 8)
    for (const { key, cells } of rows) {
      const sums = truth(from, to, { campaign_id: Number(key) })
      for (const id of GROSS_AND_NET)
        assert.equal(cells[id], asOnScreen(id, sums[id]), `${id} of ${key}`)
    }
    const all = truth(from, to)
    assert.ok(all.duplicate_clicks > 0 && all.invalid_clicks > 0, JSON.stringify(all))
    assert.equal(all.gross_clicks, all.clicks + all.invalid_clicks + all.duplicate_clicks)
  },
)

// As of a server that was upgraded in between, which no test can wait for.
dashboardTest('a column that lacks something says so', '?range=3h&live=0', async (page) => {
  await page.route('**/v1/report?*', async (route) => {
    const response = await route.fetch()
    const body = await response.json()
    for (const id of ['gross_clicks', 'duplicate_clicks'])
      if (id in (body.exact ?? {})) body.exact[id] = false
    await route.fulfill({ response, json: body })
  })
  await page.goto(page.url().replace('live=0', 'live=0&columns=clicks,gross_clicks'))
  const lacking = page.getByRole('columnheader', { name: /^Gross clicks.*without repeated events/ })
  await lacking.waitFor()
  assert.match(await lacking.getByRole('button').textContent(), /^Gross clicks\*/)
  await page.getByRole('columnheader', { name: 'Clicks', exact: true }).waitFor()
})

dashboardTest('sorting and searching', '?range=3h&live=0', async (page) => {
  const keys = async () => (await tableRows(page)).map((row) => row.key)
  const { from, to } = await headline(page)
  const clicks = (key) => truth(from, to, { campaign_id: Number(key) }).clicks
  const heading = page.getByRole('columnheader', { name: 'Clicks', exact: true })
  await heading.getByRole('button').click()
  const falling = (list) => list.every((key, i) => i === 0 || clicks(list[i - 1]) >= clicks(key))
  await eventually(async () => falling(await keys()), PATIENCE_MS, 'most clicks first')
  assert.equal(await heading.getAttribute('aria-sort'), 'descending')
  await heading.getByRole('button').click()
  await eventually(
    async () => falling((await keys()).reverse()),
    PATIENCE_MS,
    'fewest clicks first',
  )
  assert.equal(parameter(page, 'sort'), 'clicks')

  await page.getByRole('columnheader', { name: 'Change of Clicks' }).getByRole('button').click()
  // "+12.4%", "×11", or a word where there is nothing to compare with.
  const number = (text) => Number.parseFloat(text.replace('×', '')) * (text.includes('×') ? 100 : 1)
  const changes = async () =>
    (await tableRows(page)).map((row) => number(row.change)).filter((n) => !Number.isNaN(n))
  const ordered = (list) => list.every((n, i) => i === 0 || list[i - 1] >= n)
  await eventually(async () => ordered(await changes()), PATIENCE_MS, 'what grew most first')
  assert.equal(parameter(page, 'sort'), '-clicks.change')

  await page.getByRole('searchbox').fill('JACKETS')
  await rowCountIs(page, 1)
  assert.deepEqual(await keys(), [String(ADVERTISER * 10 + 1)])
  await page.reload()
  await rowCountIs(page, 1)
  await page.getByRole('searchbox').fill('nothing like it')
  await page.getByTestId('empty').getByText('No campaign matches “nothing like it”').waitFor()
  await page.getByRole('button', { name: 'Clear the search' }).click()
  await rowCountIs(page, 8)
})

dashboardTest('pages, and the address of one', '?range=today&live=0&by=creative', async (page) => {
  // All creatives have events in the last hours, but today may have begun just now.
  await page.goto(page.url().replace('range=today', `from=${daysAgo(0.8)}&to=${daysAgo(0.01)}`))
  await rowCountIs(page, PAGE)
  await page.getByTestId('row-count').getByText(`1–${PAGE} of ${CREATIVES} rows`).waitFor()
  const first = await tableRows(page)
  await page.getByRole('button', { name: 'Next page' }).click()
  await rowCountIs(page, CREATIVES - PAGE)
  assert.equal(parameter(page, 'page'), '2')
  const second = await tableRows(page)
  assert.equal(new Set([...first, ...second].map((row) => row.key)).size, CREATIVES)
  await page.reload()
  await rowCountIs(page, CREATIVES - PAGE)
  assert.ok(await page.getByRole('button', { name: 'Next page' }).isDisabled())

  const { name, head, lines } = await downloaded(page, 'CSV')
  assert.equal(name, 'adtally-creative.csv')
  assert.equal(lines.length, CREATIVES, 'all pages are in the file')
  assert.deepEqual(
    lines.slice(0, PAGE).map((line) => line.split(',')[1]),
    first.map((row) => row.key),
  )
  assert.equal(
    lines[0].split(',')[head.indexOf('impressions')],
    first[0].cells.impressions.replaceAll(',', ''),
  )
})

dashboardTest('columns can be chosen', '?range=3h&live=0', async (page) => {
  await page.getByRole('button', { name: 'Columns' }).click()
  await page.getByLabel('ROAS').check()
  await page.getByLabel('Spend', { exact: true }).uncheck()
  await page.keyboard.press('Escape')
  await page.getByRole('columnheader', { name: 'ROAS' }).waitFor()
  assert.equal(await page.getByRole('columnheader', { name: 'Spend' }).count(), 0)
  assert.ok(parameter(page, 'columns').split(',').includes('roas'))
})

dashboardTest('a file holds what is on the screen', '?range=3h&live=0', async (page) => {
  const { from, to } = await headline(page)
  const { head, lines } = await downloaded(page, 'CSV')
  assert.equal(lines.length, 8)
  const hostile = lines.find((line) => line.includes(`,${ADVERTISER * 10 + 7},`)).split(',')
  const sums = truth(from, to, { campaign_id: ADVERTISER * 10 + 7 })
  assert.equal(hostile[0], HOSTILE)
  assert.equal(Number(hostile[head.indexOf('impressions')]), sums.impressions)
  assert.equal(Number(hostile[head.indexOf('spend')]), sums.spend)

  const chart = await downloaded(page, 'Chart as CSV')
  const clicks = chart.lines.map((line) => Number(line.split(',')[chart.head.indexOf('clicks')]))
  assert.equal(
    clicks.reduce((total, n) => total + n, 0),
    truth(from, to).clicks,
  )
})

function daysAgo(days) {
  return new Date(Math.floor(Date.now() / 60_000) * 60_000 - days * 86_400_000).toISOString()
}
