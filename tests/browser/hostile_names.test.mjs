// Names that are markup, scripts or tricks are shown as the text that they are.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { adminKey, apiUrl, call, edgeUrl } from './support.mjs'
import { DIMENSIONS, HOSTILE, advertiser, assertUnharmed, idsOf, openWatchedPage, signIn, watched } from './watched_page.mjs'

watched()

test('hostile names are text in every view', async () => {
  const opened = await openWatchedPage()
  const { page, context } = opened
  try {
    for (const key of [advertiser.key, adminKey]) {
      await signIn(page, key)
      for (const by of DIMENSIONS) {
        await page.goto(`${apiUrl}/?by=${by}&advertiser_id=${advertiser.id}`)
        const row = page.getByTestId('table').locator('tbody tr')
        await row.first().waitFor()
        if (['campaign', 'ad_group', 'creative'].includes(by)) {
          assert.equal(await row.count(), HOSTILE.length)
          for (const [index, name] of HOSTILE.entries()) {
            const shown = page.locator(`tr[data-key="${idsOf(index)[`${by}_id`]}"]`)
            assert.ok((await shown.textContent()).includes(name), name)
            assert.equal((await shown.locator('[data-metric="clicks"]').textContent()).trim(), '1')
          }
        }
        await row.first().hover()
        await page.getByTestId('chart').hover()
        await assertUnharmed(opened)
      }
    }
  } finally {
    await context.close()
  }
})

test('hostile names are text in filters, searches and addresses', async () => {
  const opened = await openWatchedPage()
  const { page, context } = opened
  try {
    await signIn(page, advertiser.key)
    for (const [index, name] of HOSTILE.entries()) {
      const { campaign_id, ad_group_id, creative_id } = idsOf(index)
      const filters = new URLSearchParams({ campaign_id, ad_group_id, creative_id, by: 'creative' })
      await page.goto(`${apiUrl}/?${filters}`)
      await page.getByTestId('chip').filter({ hasText: name }).first().waitFor()
      await page.locator(`tr[data-key="${creative_id}"]`).waitFor()
      await assertUnharmed(opened)

      // Whatever parameter of the address a view takes, it may hold anything.
      const names = [
        'by',
        'search',
        'q',
        'range',
        'from',
        'to',
        'sort',
        'chart',
        'columns',
        'country',
        'page',
        'zoom',
      ]
      await page.goto(`${apiUrl}/?${new URLSearchParams(names.map((each) => [each, name]))}`)
      await page.getByTestId('cards').or(page.getByRole('alert')).first().waitFor()
      await assertUnharmed(opened)
    }
  } finally {
    await context.close()
  }
})

test('hostile names are text on the operator\u2019s page', async () => {
  const opened = await openWatchedPage()
  const { page, context } = opened
  try {
    // What was not taken is shown as it was sent.
    for (const name of HOSTILE) {
      const event = { event_id: randomUUID(), type: name, country: name, device: name }
      await call('POST', `${edgeUrl}/v1/events`, JSON.stringify(event)).catch(() => {})
    }
    await page.goto(`${apiUrl}/?view=operator#key=${adminKey}`)
    await page.getByTestId('rejections').getByText(HOSTILE[0].slice(0, 15)).first().waitFor()
    await assertUnharmed(opened)

    await page.goto(`${apiUrl}/?view=operator&tab=keys`)
    const key = page.getByTestId('keys').locator('tr', { hasText: HOSTILE[0] }).last()
    await key.waitFor()
    await key.getByRole('button', { name: 'Delete the key' }).click()
    await page.getByRole('dialog').getByText(HOSTILE[0]).waitFor()
    await assertUnharmed(opened)

    for (const kind of ['advertiser', 'campaign', 'ad_group', 'creative']) {
      for (const [index, name] of HOSTILE.entries()) {
        const id = kind === 'advertiser' ? advertiser.id : idsOf(index)[`${kind}_id`]
        const query = new URLSearchParams({ view: 'operator', tab: 'catalog', kind, q: id })
        await page.goto(`${apiUrl}/?${query}`)
        const row = page.locator(`tr[data-id="${id}"]`)
        await row.waitFor()
        assert.ok(
          (await row.textContent()).includes(kind === 'advertiser' ? HOSTILE[0] : name),
          name,
        )
        await row.getByRole('button', { name: 'Edit' }).click()
        await page.getByRole('dialog').getByLabel('Name').waitFor()
        await assertUnharmed(opened)
        if (kind === 'advertiser') break
      }
    }
    for (const [index, name] of HOSTILE.entries()) {
      const { creative_id } = idsOf(index)
      await page.goto(`${apiUrl}/?view=operator&tab=links&creative_id=${creative_id}`)
      await page.getByTestId('landing-preview').getByText('https://example.com/?<script>').waitFor()
      await page.getByRole('button', { name: 'Make the links' }).click()
      await page.getByTestId('click-url').waitFor()
      await assertUnharmed(opened)
      // Whatever parameter of the address the page takes.
      const names = ['tab', 'kind', 'q', 'page', 'creative_id'].map((each) => [each, name])
      await page.goto(`${apiUrl}/?view=operator&${new URLSearchParams(names)}`)
      await page.getByTestId('health-tiles').waitFor()
      await assertUnharmed(opened)
    }
  } finally {
    await context.close()
  }
})
