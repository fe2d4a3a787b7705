// What axe-core finds on a page.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Every serious or critical fault, with where it is. */
export async function faults(page) {
  // Half-faded colours would be measured as they fade.
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .map((a) => a.effect?.getTiming().iterations === Infinity || a.finished),
    ),
  )
  // Not as an element: the security policy allows scripts of the page's own only.
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() =>
    window.axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  )
  return violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary}`))
}
