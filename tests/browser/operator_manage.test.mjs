// What an operator can change: keys, the catalog, tracking links.
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { openOperator, operatorTest } from './operator.mjs'
import { apiUrl, call, edgeUrl, eventually, PATIENCE_MS, report } from './support.mjs'
import { ADVERTISER, HOSTILE, LIVE } from './truth.mjs'

const statusOf = async (path, key) =>
  (await fetch(`${apiUrl}/${path}`, { headers: { Authorization: `Bearer ${key}` } })).status
const catalog = () => call('GET', `${apiUrl}/v1/catalog`)
const clipboard = { permissions: ['clipboard-read', 'clipboard-write'] }
const copied = (page) => page.evaluate(() => navigator.clipboard.readText())

operatorTest(
  'a key is made, shown once, copied, used and deleted',
  '&tab=keys',
  async (page) => {
    const label = `Agency ${randomInt(1e9)} ${HOSTILE}`
    await page.getByRole('button', { name: 'New key' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Advertiser', { exact: true }).fill('nobody of that name')
    await dialog.getByText('No advertiser is called so').waitFor()
    await dialog.getByLabel('Advertiser', { exact: true }).fill(`Alpine Outfitters #${ADVERTISER}`)
    await dialog.getByLabel('Label').fill(label)
    await dialog.getByRole('button', { name: 'Make the key' }).click()
    const key = await page.getByTestId('new-key').inputValue()
    assert.match(key, /^adt_/)
    await dialog.getByRole('button', { name: 'Copy Key' }).click()
    await dialog.getByText('Copied', { exact: true }).waitFor()
    assert.equal(await copied(page), key)
    assert.equal(await statusOf('v1/freshness', key), 200)
    assert.equal(await statusOf('v1/status', key), 403)
    await dialog.getByRole('button', { name: 'Done' }).click()

    const row = page.getByTestId('keys').locator('tr', { hasText: label })
    await row.getByText('Alpine Outfitters').waitFor()
    assert.ok(!(await page.content()).includes(key), 'the key is nowhere in the page')
    await page.reload()
    await row.waitFor()
    assert.ok(!(await page.content()).includes(key), 'nor after loading it again')

    await row.getByRole('button', { name: 'Delete the key' }).click()
    await dialog.getByRole('button', { name: 'Keep it' }).click()
    await dialog.waitFor({ state: 'detached' })
    assert.equal(await statusOf('v1/freshness', key), 200)
    await row.getByRole('button', { name: 'Delete the key' }).click()
    await dialog.getByRole('button', { name: 'Delete the key' }).click()
    await row.waitFor({ state: 'detached' })
    assert.equal(await statusOf('v1/freshness', key), 401)
  },
  clipboard,
)

operatorTest('keys of other roles need no advertiser', '&tab=keys', async (page) => {
  for (const [role, status] of [
    ['ingest', 403],
    ['admin', 200],
  ]) {
    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByLabel('Role').selectOption(role)
    assert.equal(await page.getByLabel('Advertiser', { exact: true }).count(), 0)
    await page.getByRole('button', { name: 'Make the key' }).click()
    const key = await page.getByTestId('new-key').inputValue()
    assert.equal(await statusOf('v1/status', key), status)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
})

async function add(page, kind, fields) {
  await page.getByRole('button', { name: `Add ${kind}` }).click()
  await fillIn(page, fields)
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

async function fillIn(page, fields) {
  for (const [label, text] of Object.entries(fields)) {
    await page.getByRole('dialog').getByLabel(label, { exact: true }).fill(text)
  }
}

operatorTest(
  'an account is set up, from the advertiser to the creative',
  '&tab=catalog',
  async (page) => {
    const id = 5_000_000 + randomInt(100_000) * 10
    const name = `Küstenwind ${id}`
    const tab = (label) =>
      page.getByRole('group', { name: 'Kind' }).getByRole('button', { name: label })
    const row = (of) => page.getByTestId('catalog-table').locator(`tr[data-id="${of}"]`)

    await tab('Advertisers').click()
    await add(page, 'advertiser', {
      Name: name,
      Id: String(id),
      'Time zone': 'America/New_York',
      Currency: 'usd',
    })
    await page.getByRole('searchbox').fill(String(id))
    assert.deepEqual(
      (await row(id).locator('th, td').allTextContents()).slice(0, 4).map((t) => t.trim()),
      [name, String(id), 'America/New_York', 'USD'],
    )
    await tab('Campaigns').click()
    await add(page, 'campaign', { Name: HOSTILE, Id: String(id + 1), Advertiser: `${name} #${id}` })
    await tab('Ad groups').click()
    await add(page, 'ad group', { Name: 'Group', Id: String(id + 2), Campaign: String(id + 1) })
    await tab('Creatives').click()
    await add(page, 'creative', {
      Name: 'Poster',
      Id: String(id + 3),
      'Ad group': `Group #${id + 2}`,
      'Landing page': 'https://kueste.example/?a=1#top',
    })
    const made = await catalog()
    assert.deepEqual(
      made.creatives.find((c) => c.id === id + 3),
      {
        id: id + 3,
        advertiser_id: id,
        campaign_id: id + 1,
        ad_group_id: id + 2,
        name: 'Poster',
        landing_url: 'https://kueste.example/?a=1#top',
      },
    )
    assert.equal(made.campaigns.find((c) => c.id === id + 1).name, HOSTILE)
    await page.getByRole('searchbox').fill('kueste.example/?a=1#TOP')
    await row(id + 3)
      .getByText(`${name} › ${HOSTILE} › Group`)
      .waitFor()

    // Edited, and refused in the server's words.
    await row(id + 3)
      .getByRole('button', { name: 'Edit Poster' })
      .click()
    assert.ok(await page.getByRole('dialog').getByLabel('Ad group').isDisabled())
    await fillIn(page, { Name: 'x'.repeat(300) })
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByRole('dialog').getByRole('alert').getByText('name').waitFor()
    await fillIn(page, { Name: 'Poster 2' })
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await row(id + 3)
      .getByText('Poster 2')
      .waitFor()
    assert.equal((await catalog()).creatives.find((c) => c.id === id + 3).name, 'Poster 2')

    // An id that is taken is no way to change somebody else's.
    await page.getByRole('button', { name: 'Add creative' }).click()
    await fillIn(page, {
      Name: 'Taken',
      Id: String(id + 3),
      'Ad group': String(id + 2),
      'Landing page': 'https://else.example/',
    })
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page
      .getByRole('dialog')
      .getByText(`There is a creative ${id + 3} already`)
      .waitFor()
    await page.keyboard.press('Escape')
    assert.equal((await catalog()).creatives.find((c) => c.id === id + 3).name, 'Poster 2')

    await page.getByRole('searchbox').fill('nothing like it')
    await page.getByText('No creative matches “nothing like it”').waitFor()
  },
)

operatorTest('a catalog of many pages', '&tab=catalog&kind=creative', async (page) => {
  const rows = page.getByTestId('catalog-table').locator('tbody tr')
  await rows.first().waitFor()
  assert.equal(await rows.count(), 25)
  await page.getByRole('button', { name: 'Next page' }).click()
  await eventually(
    async () => new URL(page.url()).searchParams.get('page') === '2',
    PATIENCE_MS,
    'the page is in the address',
  )
  await page.reload()
  await page.getByTestId('row-count').getByText('26–').waitFor()
})

operatorTest(
  'tracking links are made, and lead where the preview says',
  '&tab=catalog&kind=creative&q=Beach',
  async (page) => {
    await page.getByRole('link', { name: 'Make tracking links for Beach' }).click()
    const preview = page.getByTestId('landing-preview')
    await preview.getByText('https://shop.example/?click_id=…', { exact: true }).waitFor()
    await page.getByLabel('Landing page').fill('https://shop.example/beach?size=42#top')
    await preview.getByText('https://shop.example/beach?size=42&click_id=…#top').waitFor()
    await page.getByLabel('Landing page').fill('javascript:alert(1)')
    await preview.getByText('Choose a creative, or give a landing page.').waitFor()
    await page.getByLabel('Landing page').fill('https://shop.example/beach?size=42#top')

    await page.getByLabel('Cost of a click, EUR').fill('0.25')
    await page.getByLabel('Country').fill('d1')
    await page.getByRole('button', { name: 'Make the links' }).click()
    await page.getByRole('alert').getByText('Country: expected two letters').waitFor()
    await page.getByLabel('Country').fill('de')
    await page.getByLabel('Cost of a click, EUR').fill('a lot')
    await page.getByRole('button', { name: 'Make the links' }).click()
    await page.getByRole('alert').getByText('Give costs as amounts').waitFor()
    await page.getByLabel('Cost of a click, EUR').fill('0.25')
    await page.getByRole('button', { name: 'Make the links' }).click()

    const click = await page.getByTestId('click-url').inputValue()
    const pixel = await page.getByTestId('impression-url').inputValue()
    assert.ok(click.startsWith(`${edgeUrl}/c/`) && pixel.startsWith(`${edgeUrl}/i/`), click)
    await page.getByRole('button', { name: 'Copy Link for the click' }).click()
    await page.getByText('Copied', { exact: true }).waitFor()
    assert.equal(await copied(page), click)
    assert.match(await page.getByTestId('link-html').inputValue(), /<a href="http.*<img src="http/s)

    const agent = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0' }
    const asked = { redirect: 'manual', headers: agent }
    const clicks = async () => {
      const { totals } = await report({
        from: new Date(Date.now() - 3_600_000).toISOString(),
        to: new Date(Date.now() + 3_600_000).toISOString(),
        campaign_id: LIVE.campaign,
        country: 'DE',
        metrics: 'clicks,spend',
      })
      return [totals.clicks, Number(totals.spend)]
    }
    const [before, spentBefore] = await clicks()
    const landed = await fetch(click, asked)
    assert.equal(landed.status, 302)
    const location = new URL(landed.headers.get('Location'))
    assert.equal(`${location.origin}${location.pathname}`, 'https://shop.example/beach')
    assert.equal(location.searchParams.get('size'), '42')
    assert.ok(location.searchParams.get('click_id').length > 20)
    assert.equal(location.hash, '#top')
    assert.equal((await fetch(pixel, asked)).status, 200)
    await eventually(
      async () => {
        const [now, spent] = await clicks()
        return now === before + 1 && Math.abs(spent - spentBefore - 0.25) < 1e-6
      },
      PATIENCE_MS,
      'the click is counted, with its cost',
    )

    // What is on the screen belongs to what the form says.
    await page.getByLabel('Cost of a click, EUR').fill('0.3')
    await page.getByTestId('click-url').waitFor({ state: 'detached' })
  },
  clipboard,
)

operatorTest('what the server refuses is told, and nothing is lost', '&tab=keys', async (page) => {
  await page.getByRole('button', { name: 'New key' }).click()
  await page.getByLabel('Role').selectOption('ingest')
  await page.route('**/v1/keys', (route) => route.abort())
  await page.getByLabel('Label').fill('kept')
  await page.getByRole('button', { name: 'Make the key' }).click()
  await page.getByRole('alert').getByText('The server cannot be reached').waitFor()
  assert.equal(await page.getByLabel('Label').inputValue(), 'kept')
  await page.unroute('**/v1/keys')
  await page.getByRole('button', { name: 'Make the key' }).click()
  await page.getByTestId('new-key').waitFor()
  await openOperator(page, '&tab=keys')
  await page.getByTestId('keys').locator('tr', { hasText: 'kept' }).first().waitFor()
})
