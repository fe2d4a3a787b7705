// Everybody can use the operator's page: by axe-core's rules, by keyboard, on a phone.
import assert from 'node:assert/strict'
import { faults } from './axe.mjs'
import { pageTest, PHONE } from './browser.mjs'
import { openOperator, operatorTest } from './operator.mjs'
import { apiUrl, call, edgeUrl } from './support.mjs'
import { LIVE } from './truth.mjs'

async function openFilled(page, query) {
  await openOperator(page, query)
  const ready = {
    '': 'storage-note',
    '&tab=keys': 'keys',
    '&tab=catalog&kind=creative': 'catalog-table',
    [`&tab=links&creative_id=${LIVE.creative}`]: 'landing-preview',
  }
  await page.getByTestId(ready[query]).waitFor()
  if (query === '') await page.locator('[data-ledger="counted"]').waitFor()
}

const views = [
  '',
  '&tab=keys',
  '&tab=catalog&kind=creative',
  `&tab=links&creative_id=${LIVE.creative}`,
]

for (const colorScheme of ['light', 'dark']) {
  for (const query of views) {
    pageTest(
      `axe finds no fault with ${query || 'health'}, ${colorScheme}`,
      async (page) => {
        await call('POST', `${edgeUrl}/v1/events`, '{"event_id":"bad","country":"Atlantis"}').catch(
          () => {},
        )
        await openFilled(page, query)
        assert.deepEqual(await faults(page), [])
      },
      { colorScheme },
    )
  }

  pageTest(
    `axe finds no fault with dialogs, alarms and links, ${colorScheme}`,
    async (page) => {
      await page.route('**/v1/ledger?*', async (route) => {
        const answer = await (await route.fetch()).json()
        answer.minutes = [{ ...answer.totals, minute: new Date().toISOString(), difference: -1 }]
        answer.totals.difference = -1
        await route.fulfill({ json: answer })
      })
      await call('POST', `${apiUrl}/v1/keys`, '{"role":"ingest","label":"to be looked at"}')
      await openFilled(page, '&tab=keys')
      await page.getByTestId('ledger-alarm').waitFor()
      await page.getByRole('button', { name: 'Delete the key' }).first().click()
      assert.deepEqual(await faults(page), [])
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'New key' }).click()
      assert.deepEqual(await faults(page), [])
      await page.getByLabel('Role').selectOption('ingest')
      await page.getByRole('button', { name: 'Make the key' }).click()
      await page.getByTestId('new-key').waitFor()
      assert.deepEqual(await faults(page), [])

      await openFilled(page, '&tab=catalog&kind=creative')
      await page.getByRole('button', { name: /^Edit/ }).first().click()
      assert.deepEqual(await faults(page), [])

      await openFilled(page, views[3])
      await page.getByRole('button', { name: 'Make the links' }).click()
      await page.getByTestId('click-url').waitFor()
      assert.deepEqual(await faults(page), [])
    },
    { colorScheme },
  )
}

/** Presses Tab until something of that name has the focus. */
async function tabTo(page, name) {
  const seen = []
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate(() => {
      const { activeElement: e } = document
      return (e.labels?.[0]?.textContent ?? e.getAttribute('aria-label') ?? e.textContent).trim()
    })
    if (at === name) return
    seen.push(at)
  }
  assert.fail(`${name} was not reached: ${seen.join(', ')}`)
}

operatorTest('keys are made and deleted without a mouse', '', async (page) => {
  await tabTo(page, 'Keys')
  await page.keyboard.press('Enter')
  await page.getByTestId('keys').locator('.scroll, .soft').first().waitFor()
  const dialog = page.getByRole('dialog')
  await tabTo(page, 'New key')
  await page.keyboard.press('Enter')
  await dialog.waitFor()
  await tabTo(page, 'Role')
  await page.keyboard.press('i')
  await tabTo(page, 'Label')
  const label = `By keyboard ${Date.now()}`
  await page.keyboard.type(label)
  await page.keyboard.press('Enter')
  await page.getByTestId('new-key').waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  const row = page.getByTestId('keys').locator('tr', { hasText: label })
  await row.waitFor()
  await tabTo(page, `Delete the key ${label}`)
  await page.keyboard.press('Enter')
  await dialog.waitFor()
  // The focus stays in the dialog, and comes back to where it was.
  const inside = () => page.evaluate(() => document.activeElement.closest('dialog') !== null)
  for (let i = 0; i < 3; i++) {
    assert.ok(await inside())
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  assert.equal(
    await page.evaluate(() => document.activeElement.getAttribute('aria-label')),
    `Delete the key ${label}`,
  )
  await page.keyboard.press('Enter')
  await dialog.waitFor()
  await tabTo(page, 'Delete the key')
  await page.keyboard.press('Enter')
  await row.waitFor({ state: 'detached' })
})

for (const query of views) {
  pageTest(
    `on a phone nothing sticks out and axe finds no fault: ${query || 'health'}`,
    async (page) => {
      await openFilled(page, query)
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      assert.ok(width <= PHONE.viewport.width, `${width} px`)
      assert.deepEqual(await faults(page), [])
    },
    PHONE,
  )
}
