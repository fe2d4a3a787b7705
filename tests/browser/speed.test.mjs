// What must be loaded before there is something to see.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { advertiserKey } from './figures.mjs'
import { openDashboard, pageTest } from './browser.mjs'

const LIMIT = 250_000

test(`scripts and styles are under ${LIMIT / 1000} kB compressed`, () => {
  const folder = process.env.ADTALLY_WEB_ROOT
  const files = readdirSync(folder, { recursive: true }).filter((name) => /\.(js|css)$/.test(name))
  assert.ok(
    files.some((name) => name.endsWith('.js')) && files.some((name) => name.endsWith('.css')),
  )
  const sizes = files.map((name) => gzipSync(readFileSync(path.join(folder, name))).length)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  console.log(`${files.length} scripts and styles, ${total} bytes compressed`)
  assert.ok(total < LIMIT, `${total} bytes`)
})

// The time is told, not judged: how fast this machine is says nothing about the dashboard.
pageTest('the first paint does not wait for the numbers or the map', async (page) => {
  await openDashboard(page, '?range=3h', advertiserKey)
  await page.getByTestId('map').waitFor()
  const paint = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0].startTime,
  )
  const first = await page.evaluate(() => {
    const requests = performance.getEntriesByType('resource')
    const end = (pattern) =>
      Math.max(...requests.filter((r) => pattern.test(r.name)).map((r) => r.responseEnd))
    return { report: end(/v1\/report/), map: end(/WorldMap.*js/) }
  })
  console.log(`first paint after ${Math.round(paint)} ms`)
  assert.ok(paint < first.report, 'painted before the numbers came')
  assert.ok(paint < first.map, 'painted before the map came')
})
