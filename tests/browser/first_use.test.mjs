// What somebody does who has read the README and nothing else: starts the demo, signs in with what it
// prints, and asks for the best creative of the last hour on mobile in Germany.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before } from 'node:test'
import { asOnScreen, headline, tableRows } from './figures.mjs'
import { pageTest, screenshot } from './browser.mjs'
import { eventually, PATIENCE_MS } from './support.mjs'

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
const HOUR = 3_600_000
const METRICS = ['impressions', 'clicks', 'conversions']

let demo
before(async () => (demo = await startDemo()), { timeout: 120_000 })
after(() => demo?.stop())

pageTest('the best creative of the last hour, by the steps of the README', async (page) => {
  await page.goto(demo.address)
  await page.getByLabel('API key').fill(demo.key)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByTestId('total-clicks').waitFor()

  await page.getByRole('button', { name: '1 h', exact: true }).click()
  await page.getByTestId('devices').getByRole('button', { name: /Mobile/ }).click()
  await page.getByTestId('countries').getByRole('button', { name: /Germany/ }).click()
  await page.getByRole('button', { name: 'Creatives', exact: true }).click()
  await heading(page, 'Clicks').getByRole('button').click()
  await page.getByTestId('path').waitFor()
  assert.equal(await heading(page, 'Clicks').getAttribute('aria-sort'), 'descending')

  // Where these steps lead is the address that the README gives.
  const [, query] = /`\/(\?[^`]*by=creative[^`]*)`/.exec(readme)
  assert.deepEqual(parameters(page.url()), parameters(`${demo.address}/${query}`))

  await page.getByRole('button', { name: 'Live' }).click()
  const { rows, expected } = await agreement(page)
  await screenshot(page, 'first-use.png')
  const [best] = rows
  assert.equal(best.cells.clicks, String(Math.max(...[...expected.now.values()].map((n) => n.clicks))))

  const file = await download(page)
  assert.equal(file.length, expected.now.size, 'the file has all creatives')
  assert.equal(file[0].creative_id, best.key)
  assert.ok(file[0].Creative && file[0].belongs_to && file[0].currency)
  const shares = file.flatMap((line) => {
    const id = Number(line.creative_id)
    for (const metric of METRICS)
      assert.equal(Number(line[metric]), expected.now.get(id)[metric], `${metric} of ${id}`)
    const then = expected.then.get(id)?.clicks ?? 0
    assert.equal(Number(line.clicks_before), then, `the clicks of the hour before of ${id}`)
    if (!line.clicks_change || line.clicks_change === '-1') return []
    return [Number(line.clicks) / (1 + Number(line.clicks_change)) / then]
  })
  // Everything is compared with the same part of the hour before: as much as had passed of this one.
  assert.ok(shares.length > 3)
  for (const share of shares) {
    assert.ok(share > 0.9 && share <= 1 + 1e-9, `compared with ${share} of the hour before`)
    assert.ok(Math.abs(share - shares[0]) < 1e-9, `compared with ${share} and ${shares[0]}`)
  }
})

pageTest('the address that the demo prints signs in', async (page) => {
  await page.goto(demo.link)
  await page.getByTestId('total-clicks').waitFor()
  await page.getByRole('heading', { level: 1, name: 'All advertisers' }).waitFor()
})

/** `adtally demo` on free ports, once its traffic is live. */
async function startDemo() {
  const folder = await mkdtemp(path.join(tmpdir(), 'adtally-demo-'))
  const [edge, api] = [await freePort(), await freePort()]
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('ADTALLY_'))
  const child = spawn(process.env.ADTALLY_BINARY, ['demo', '--data', path.join(folder, 'data')], {
    env: {
      ...Object.fromEntries(own),
      ADTALLY_EDGE_LISTEN: `127.0.0.1:${edge}`,
      ADTALLY_API_LISTEN: `127.0.0.1:${api}`,
      ADTALLY_API_WEB_ROOT: process.env.ADTALLY_WEB_ROOT,
    },
  })
  let printed = ''
  child.stdout.on('data', (text) => (printed += text))
  child.stderr.on('data', (text) => (printed += text))
  const ended = new Promise((resolve) => child.on('exit', resolve))
  const stop = async () => {
    child.kill('SIGINT')
    assert.equal(await ended, 0, `Ctrl-C did not stop the demo:\n${printed}`)
    await rm(folder, { recursive: true })
  }
  const live = () => {
    if (child.exitCode !== null) throw new Error(`the demo ended:\n${printed}`)
    return /now live/.test(printed)
  }
  await eventually(live, 90_000, 'the demo says that its traffic is live')
  const [, link] = /Dashboard +(\S+)/.exec(printed)
  const [, key] = /Key +(\S+)/.exec(printed)
  return { link, key, address: link.replace(/\/#.*/, ''), stop }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/**
 * Opens the page again, paused, until what it shows is what the API says of the same time; the traffic
 * goes on meanwhile, so that one of them may be ahead.
 */
async function agreement(page) {
  let shown, expected
  const agrees = async () => {
    await page.reload()
    await eventually(async () => (await tableRows(page)).length > 3, PATIENCE_MS, 'creatives')
    const { from, to, figures } = await headline(page)
    const [rows, now] = [await tableRows(page), await creatives(from, to)]
    assert.equal(to - from, HOUR)
    shown = { figures, rows: rows.map(({ key, cells }) => [key, ...pick(cells)]) }
    const ofRow = ({ key }) => [key, ...pick(readable(now.get(Number(key)) ?? {}))]
    expected = { figures, rows: rows.map(ofRow) }
    expected.figures = { ...figures, ...readable(total(now)) }
    if (JSON.stringify(shown) !== JSON.stringify(expected)) return null
    return { rows, expected: { now, then: await creatives(from - HOUR, from) } }
  }
  return eventually(agrees, 2 * PATIENCE_MS, 'screen and API agree').catch((error) => {
    assert.deepEqual(shown, expected)
    throw error
  })
}

/** Sums by creative on mobile in Germany, from the single rows by minute of everything. */
async function creatives(from, to) {
  const query = new URLSearchParams({
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    granularity: 'minute',
    group_by: 'creative,device,country,region',
    metrics: METRICS.join(','),
    format: 'csv',
  })
  const answer = await fetch(`${demo.address}/v1/report?${query}`, {
    headers: { Authorization: `Bearer ${demo.key}` },
  })
  assert.equal(answer.status, 200)
  const sums = new Map()
  for (const row of records(await answer.text())) {
    if (row.device !== 'mobile' || row.country !== 'DE') continue
    const sum = sums.get(Number(row.creative_id)) ?? {}
    for (const metric of METRICS) sum[metric] = (sum[metric] ?? 0) + Number(row[metric])
    sums.set(Number(row.creative_id), sum)
  }
  return sums
}

async function download(page) {
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'CSV', exact: true }).click()
  const text = await readFile(await (await downloading).path(), 'utf8')
  return records(text.replace('\uFEFF', ''))
}

/** The lines of a CSV file by the names in its first one. */
function records(text) {
  const [head, ...lines] = text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) =>
      [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell]) =>
        cell.replace(/^"|"$/g, '').replaceAll('""', '"'),
      ),
    )
  return lines.map((cells) => Object.fromEntries(head.map((name, i) => [name, cells[i]])))
}

const heading = (page, name) => page.getByRole('columnheader', { name, exact: true })
const parameters = (url) => Object.fromEntries(new URL(url).searchParams)
const pick = (cells) => METRICS.map((metric) => cells[metric])
const readable = (sums) =>
  Object.fromEntries(METRICS.map((metric) => [metric, asOnScreen(metric, sums[metric])]))
const total = (sums) =>
  Object.fromEntries(
    METRICS.map((metric) => [metric, [...sums.values()].reduce((sum, n) => sum + n[metric], 0)]),
  )
