// A browser for the tests of a file, and the dashboard in it.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { apiUrl, PATIENCE_MS } from './support.mjs'

/** A headless browser's own name would be filtered as a robot's. */
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

let browser
before(async () => {
  browser = await chromium.launch({
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
})
after(() => browser?.close())

/** A page of its own context. `problems` collects script errors and violations of the security policy. */
export async function openPage(options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1360, height: 900 },
    locale: 'en-US',
    timezoneId: 'Europe/Berlin',
    colorScheme: 'light',
    userAgent: USER_AGENT,
    ...options,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
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

/** A test with a page that must end without script errors or violations of the policy. */
export function pageTest(name, body, options) {
  test(name, async () => {
    const { page, problems, close } = await openPage(options)
    try {
      await body(page)
      assert.deepEqual(problems, [])
    } finally {
      await close()
    }
  })
}

/** Opens the dashboard, signed in, and waits for the first numbers. */
export async function openDashboard(page, query, key) {
  await page.goto(`${apiUrl}/${query}#key=${key}`)
  await page.getByTestId('total-clicks').waitFor()
}

/** Saves a picture into the folder ADTALLY_SCREENSHOTS, if there is one. */
export async function screenshot(page, name, options = {}) {
  const folder = process.env.ADTALLY_SCREENSHOTS
  if (!folder) return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: path.join(folder, name), ...options })
}
