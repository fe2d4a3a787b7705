// The operator's page, opened with the admin key.
import { pageTest } from './browser.mjs'
import { adminKey, apiUrl, call } from './support.mjs'

/** Opens a part of the page, signed in as an administrator. */
export async function openOperator(page, query = '') {
  await page.goto(`${apiUrl}/?view=operator${query}#key=${adminKey}`)
  await page.getByRole('heading', { level: 1, name: 'Operator' }).waitFor()
}

/** A test with the page open. */
export function operatorTest(name, query, body, options) {
  pageTest(
    name,
    async (page) => {
      await openOperator(page, query)
      await body(page)
    },
    options,
  )
}

export const status = () => call('GET', `${apiUrl}/v1/status`)

/** A number as it stands on the screen. */
export const numberOf = async (locator) =>
  Number((await locator.textContent()).trim().replaceAll(',', ''))
