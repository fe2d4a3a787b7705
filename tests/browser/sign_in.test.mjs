// Who gets in, and how it ends.
import assert from 'node:assert/strict'
import { advertiserKey } from './figures.mjs'
import { openDashboard, openPage, pageTest } from './browser.mjs'
import { adminKey, apiUrl, call } from './support.mjs'
import { test } from 'node:test'
import { ADVERTISER } from './truth.mjs'

pageTest(
  'a wrong key is refused with a reason, a right one signs in, signing out ends it',
  async (page) => {
    await page.goto(apiUrl)
    await page.getByLabel('API key').fill('no such key')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('This key is not known').waitFor()

    await page.getByLabel('API key').fill(adminKey)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByTestId('total-clicks').waitFor()
    await page.reload()
    await page.getByTestId('total-clicks').waitFor()

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('API key').waitFor()
    await page.reload()
    await page.getByLabel('API key').waitFor()
  },
)

test('a key in the address signs in and leaves the address at once', async () => {
  const { page, close } = await openPage()
  try {
    await page.goto(`${apiUrl}/?by=device#key=${adminKey}`)
    await page.getByTestId('total-clicks').waitFor()
    assert.equal(new URL(page.url()).hash, '')
    assert.equal(new URL(page.url()).search, '?by=device')
    await page.getByTestId('freshness').getByText('complete to').waitFor()
  } finally {
    await close()
  }
})

pageTest('a key that is revoked leads back to signing in, with the reason', async (page) => {
  const body = JSON.stringify({ role: 'advertiser', advertiser_id: ADVERTISER })
  const { id, key } = await call('POST', `${apiUrl}/v1/keys`, body)
  await openDashboard(page, '', key)
  await call('DELETE', `${apiUrl}/v1/keys/${id}`)
  await page.getByRole('alert').getByText('no longer accepted').waitFor()
  await page.getByLabel('API key').waitFor()
})

pageTest('an advertiser sees its own account, an administrator all of them', async (page) => {
  await openDashboard(page, '', advertiserKey)
  await page.getByRole('heading', { level: 1, name: 'Alpine Outfitters' }).waitFor()
  assert.equal(await page.locator('[data-tab="advertiser"]').count(), 0)
  await openDashboard(page, '', adminKey)
  await page.getByRole('heading', { level: 1, name: 'All advertisers' }).waitFor()
  await page.locator('[data-tab="advertiser"]').waitFor()
})
