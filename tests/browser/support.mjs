// The server under test, and how to wait for it.
import { setTimeout as sleep } from 'node:timers/promises'

/** How long to wait for what must come; a busy machine is no failure. */
export const PATIENCE_MS = 30_000

function needed(name) {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: run the tests with run.py`)
  return value.replace(/\/$/, '')
}

export const apiUrl = needed('ADTALLY_API_URL')
export const edgeUrl = needed('ADTALLY_EDGE_URL')
export const adminKey = needed('ADTALLY_ADMIN_KEY')

export async function call(method, url, body, contentType = 'application/json') {
  const answer = await fetch(url, {
    method,
    headers: { Authorization: `Bearer ${adminKey}`, ...(body && { 'Content-Type': contentType }) },
    body,
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`)
  return text && JSON.parse(text)
}

export function report(params) {
  return call('GET', `${apiUrl}/v1/report?${new URLSearchParams(params)}`)
}

/** Polls until `probe` gives something true, and returns it. */
export async function eventually(probe, timeoutMs, what) {
  const end = Date.now() + timeoutMs
  for (;;) {
    const found = await probe()
    if (found) return found
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await sleep(100)
  }
}
