// Fills the server under test with the data of truth.mjs and writes the events to the file
// ADTALLY_TRUTH, with the key of the advertiser that they belong to.
import { writeFile } from 'node:fs/promises'
import { apiUrl, call, edgeUrl, eventually, report } from './support.mjs'
import { ADVERTISER, catalog, events, lines, sum } from './truth.mjs'

const BATCH = 5000
const HOUR = 3_600_000

await call('POST', `${apiUrl}/v1/catalog`, JSON.stringify(catalog()))
const now = Date.now()
const all = events(now)
const sent = lines(all)
for (let i = 0; i < sent.length; i += BATCH) {
  const batch = sent.slice(i, i + BATCH)
  const body = batch.join('\n')
  const answer = await call('POST', `${edgeUrl}/v1/events`, body, 'application/x-ndjson')
  if (answer.accepted !== batch.length)
    throw new Error(`not all accepted: ${JSON.stringify(answer)}`)
}

const { gross_impressions } = sum(all, 0, now)
await eventually(
  async () => {
    const { totals } = await report({
      from: new Date(now - 24 * HOUR).toISOString(),
      to: new Date(now + HOUR).toISOString(),
      granularity: 'total',
      advertiser_id: ADVERTISER,
      metrics: 'gross_impressions',
    })
    return totals.gross_impressions === gross_impressions
  },
  120_000,
  'the events of the tests are counted',
)
const { key } = await call(
  'POST',
  `${apiUrl}/v1/keys`,
  JSON.stringify({ role: 'advertiser', advertiser_id: ADVERTISER }),
)
await writeFile(process.env.ADTALLY_TRUTH, JSON.stringify({ key, events: all }))
console.log(`${all.length} events`)
