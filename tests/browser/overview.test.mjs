// The headline, the time ranges, the chart and the comparison.
import assert from 'node:assert/strict'
import {
  asOnScreen,
  dashboardTest,
  headline,
  headlineIsTrue,
  parameter,
  tableRows,
  truth,
} from './figures.mjs'
import { eventually, PATIENCE_MS } from './support.mjs'

const HOUR = 3_600_000
const ranges = {
  '30 min': '30m',
  '1 h': '1h',
  '3 h': '3h',
  Today: 'today',
  Yesterday: 'yesterday',
  '7 days': '7d',
  '30 days': '30d',
}

const range = (page, name) =>
  page.getByRole('group', { name: 'Time range' }).getByRole('button', { name, exact: true })

dashboardTest('every time range shows what happened in it', '', async (page) => {
  for (const [name, id] of Object.entries(ranges)) {
    await range(page, name).click()
    assert.equal(await range(page, name).getAttribute('aria-pressed'), 'true')
    assert.equal(parameter(page, 'range') ?? '30m', id)
    await eventually(
      async () => (await page.locator('section[aria-busy="false"]').count()) === 2,
      PATIENCE_MS,
      `the numbers of ${name}`,
    )
    await headlineIsTrue(page)
  }
})

dashboardTest(
  'days are those of the account, wherever the browser is',
  '?range=yesterday',
  async (page) => {
    const { from, to } = await headline(page)
    const hour = (time) =>
      new Intl.DateTimeFormat('de', {
        hour: '2-digit',
        minute: '2-digit',
        timeZone: 'Europe/Berlin',
      }).format(time)
    assert.equal(hour(from), '00:00')
    assert.equal(hour(to), '00:00')
    assert.equal(to - from, 24 * HOUR)
  },
  { timezoneId: 'America/New_York' },
)

dashboardTest('a time of one’s own choice', '?live=0', async (page) => {
  const local = (time) =>
    new Date(time)
      .toLocaleString('sv', { timeZone: 'Europe/Berlin' })
      .slice(0, 16)
      .replace(' ', 'T')
  const to = Math.floor(Date.now() / 60_000) * 60_000 - 2 * HOUR
  await page.getByRole('button', { name: 'Custom' }).click()
  await page.getByLabel('From', { exact: true }).fill(local(to))
  await page.getByLabel('To', { exact: true }).fill(local(to - HOUR))
  await page.getByRole('button', { name: 'Show' }).click()
  await page.getByRole('alert').getByText('The end must be after the start').waitFor()
  await page.getByLabel('From', { exact: true }).fill(local(to - HOUR))
  await page.getByLabel('To', { exact: true }).fill(local(to))
  await page.getByRole('button', { name: 'Show' }).click()
  await eventually(async () => (await headline(page)).to === to, PATIENCE_MS, 'the chosen hour')
  assert.equal((await headline(page)).from, to - HOUR)
  await headlineIsTrue(page)
})

/** An hour with an equal one before it, all of it over. */
function closedHour() {
  const to = Math.floor(Date.now() / 60_000) * 60_000 - HOUR
  return {
    from: to - HOUR,
    to,
    query: `?from=${new Date(to - HOUR).toISOString()}&to=${new Date(to).toISOString()}`,
  }
}
const closed = closedHour()

dashboardTest('changes are those against the period before', closed.query, async (page) => {
  const now = truth(closed.from, closed.to)
  const before = truth(closed.from - HOUR, closed.from)
  const signed = new Intl.NumberFormat('en-US', {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
    signDisplay: 'exceptZero',
  })
  const texts = await page
    .getByTestId('cards')
    .locator('[data-testid^="total-"] + *')
    .allTextContents()
  for (const [i, id] of ['impressions', 'clicks', 'ctr', 'spend'].entries()) {
    const expected = signed.format(now[id] / before[id] - 1)
    assert.ok(texts[i].includes(expected), `${id}: “${texts[i]}” has no ${expected}`)
  }

  const [first] = await tableRows(page)
  const ofCampaign = { campaign_id: Number(first.key) }
  const change =
    truth(closed.from, closed.to, ofCampaign).impressions /
      truth(closed.from - HOUR, closed.from, ofCampaign).impressions -
    1
  assert.ok(
    first.change.includes(signed.format(change)),
    `“${first.change}” has no ${signed.format(change)}`,
  )

  await page.getByLabel('Compare with').selectOption('off')
  await page.getByTestId('compared').waitFor({ state: 'detached' })
  assert.equal(parameter(page, 'compare'), 'off')
  assert.equal(await page.locator('[data-change]').count(), 0)
  await page.getByLabel('Compare with').selectOption('year')
  await page.getByTestId('compared').getByText('The same time last year').waitFor()
})

dashboardTest('the chart tells its values to pointer and keyboard', closed.query, async (page) => {
  const chart = page.getByTestId('chart')
  await chart.hover()
  await page.getByTestId('tooltip').getByText('Clicks').waitFor()
  await page.mouse.move(0, 0)
  await page.getByTestId('tooltip').waitFor({ state: 'detached' })

  await chart.focus()
  await page.keyboard.press('End')
  const minute = truth(closed.to - 60_000, closed.to)
  assert.equal(
    await page.getByTestId('tooltip-clicks').textContent(),
    asOnScreen('clicks', minute.clicks),
  )
  await page.keyboard.press('Home')
  const first = truth(closed.from, closed.from + 60_000)
  assert.equal(
    await page.getByTestId('tooltip-clicks').textContent(),
    asOnScreen('clicks', first.clicks),
  )
  assert.match(await chart.getAttribute('aria-valuetext'), /Clicks \d/)
})

dashboardTest(
  'dragging across the chart zooms in, the button and the back button out',
  closed.query,
  async (page) => {
    const area = await page.getByTestId('chart').locator('.u-over').boundingBox()
    await page.mouse.move(area.x + area.width * 0.25, area.y + 80)
    await page.mouse.down()
    await page.mouse.move(area.x + area.width * 0.5, area.y + 90, { steps: 5 })
    await page.mouse.up()
    const zoomed = async () => (await headline(page)).from > closed.from
    await eventually(zoomed, PATIENCE_MS, 'a part of the hour')
    const { from, to } = await headline(page)
    assert.ok(from < to && to < closed.to, 'the part is inside')
    assert.ok(parameter(page, 'zoom'))
    await headlineIsTrue(page)

    await page.reload()
    await eventually(zoomed, PATIENCE_MS, 'the same part after a reload')
    await page.getByRole('button', { name: 'Reset zoom' }).click()
    const whole = async () => (await headline(page)).from === closed.from
    await eventually(whole, PATIENCE_MS, 'the whole hour')
    await page.goBack()
    await eventually(zoomed, PATIENCE_MS, 'the part again')
  },
)

dashboardTest('the keyboard zooms too', closed.query, async (page) => {
  const chart = page.getByTestId('chart')
  await chart.focus()
  await page.keyboard.press('Home')
  for (let i = 0; i < 9; i++) await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Enter')
  const tenMinutes = async () => {
    const { from, to } = await headline(page)
    return from === closed.from && to === closed.from + 600_000
  }
  await eventually(tenMinutes, PATIENCE_MS, 'the first ten minutes')
  await headlineIsTrue(page)
  await chart.focus()
  await page.keyboard.press('Escape')
  await eventually(
    async () => (await headline(page)).to === closed.to,
    PATIENCE_MS,
    'the whole hour',
  )
})

dashboardTest('what may still change is marked, what is over is not', '?range=1h', async (page) => {
  assert.equal(await page.getByTestId('chart').getAttribute('data-open'), 'true')
  await page.getByTestId('unfinished').waitFor()
  await page.getByRole('button', { name: 'Live' }).waitFor()
  await range(page, 'Yesterday').click()
  await page.getByTestId('unfinished').waitFor({ state: 'detached' })
  assert.equal(await page.getByTestId('chart').getAttribute('data-open'), 'false')
  await page.getByRole('button', { name: 'Not live' }).waitFor()
})
