// The data of the browser tests: an advertiser's campaigns and their events of the last 20 hours,
// and what every number about them must be.
import { randomUUID } from 'node:crypto'

const MINUTE = 60_000
const HOURS = 20
const IMPRESSIONS_PER_MINUTE = 36

/** Names that must stay text, in whatever direction, at whatever length. */
export const HOSTILE = '<img src=x onerror=alert(1)>'
export const RIGHT_TO_LEFT = 'חורף חם – מבצע על מעילים'
export const LONG = 'Summer to autumn clearance across all channels '.repeat(5).slice(0, 200)

const CAMPAIGNS = [
  { name: 'Spring Sale – Running Shoes', weight: 9, ctr: 0.035, cost: 420_000 },
  { name: 'Trail Jackets 2026', weight: 7, ctr: 0.022, cost: 610_000 },
  { name: 'Backpacks – Prospecting', weight: 6, ctr: 0.014, cost: 350_000 },
  { name: 'Winter Boots – Retargeting', weight: 4, ctr: 0.051, cost: 880_000 },
  { name: 'Climbing Days – Video', weight: 3, ctr: 0.009, cost: 300_000 },
  { name: LONG, weight: 2, ctr: 0.02, cost: 500_000 },
  { name: RIGHT_TO_LEFT, weight: 2, ctr: 0.028, cost: 450_000 },
  { name: HOSTILE, weight: 1, ctr: 0.03, cost: 250_000 },
]
const GROUPS = ['Broad', 'Lookalike', 'Newsletter readers']
const CREATIVES = ['Square 1080', 'Story 9:16']
const DEVICES = { mobile: 58, desktop: 29, tablet: 8, tv: 4, other: 1 }
// prettier-ignore
const COUNTRIES = {
  DE: 30, AT: 9, CH: 8, FR: 9, US: 11, GB: 6, NL: 5, IT: 4, ES: 3, PL: 3, SE: 2.5, DK: 2, NO: 2, CZ: 1.5, BE: 1.5,
  CA: 2, AU: 1.5, JP: 1, BR: 1, IN: 1, ZA: 0.6, MX: 0.6, SG: 0.5, AE: 0.4, TR: 0.5, FI: 0.7, PT: 0.6, MT: 0.2, '': 1,
}

/** The whole catalog of the tests. `live` is what tests may add events to. */
export const ADVERTISER = 101
export const LIVE = { advertiser: 102, campaign: 1021, ad_group: 10211, creative: 102111 }

export function catalog() {
  const campaigns = CAMPAIGNS.map(({ name }, i) => ({
    id: ADVERTISER * 10 + i,
    advertiser_id: ADVERTISER,
    name,
  }))
  const ad_groups = campaigns.flatMap((c) =>
    GROUPS.map((name, i) => ({
      id: c.id * 10 + i,
      campaign_id: c.id,
      name: i === 0 ? `${name} ${c.id}` : name,
    })),
  )
  const landing_url = 'https://shop.example/'
  const creatives = ad_groups.flatMap((g) =>
    CREATIVES.map((name, i) => ({ id: g.id * 10 + i, ad_group_id: g.id, name, landing_url })),
  )
  return {
    advertisers: [
      { id: ADVERTISER, name: 'Alpine Outfitters', time_zone: 'Europe/Berlin', currency: 'EUR' },
      {
        id: LIVE.advertiser,
        name: 'Nordlicht Reisen',
        time_zone: 'Europe/Berlin',
        currency: 'EUR',
      },
    ],
    campaigns: [
      ...campaigns,
      { id: LIVE.campaign, advertiser_id: LIVE.advertiser, name: 'Last Minute – Kanaren' },
    ],
    ad_groups: [...ad_groups, { id: LIVE.ad_group, campaign_id: LIVE.campaign, name: 'Families' }],
    creatives: [
      ...creatives,
      { id: LIVE.creative, ad_group_id: LIVE.ad_group, name: 'Beach', landing_url },
    ],
  }
}

/**
 * The events up to the minute of `now`, always the same but for their time and their ids. Some are
 * invalid, and some are `sent` more than once.
 */
export function events(now) {
  const random = generator(7)
  const country = picker(COUNTRIES, random)
  const device = picker(DEVICES, random)
  const campaign = picker(Object.fromEntries(CAMPAIGNS.map((c, i) => [i, c.weight])), random)
  const last = Math.floor(now / MINUTE) * MINUTE
  const all = []
  for (let minute = last - HOURS * 60 * MINUTE; minute < last; minute += MINUTE) {
    const wave = 1 + 0.45 * Math.sin((2 * Math.PI * (minute - last)) / (9.7 * 60 * MINUTE))
    const shown = Math.round(IMPRESSIONS_PER_MINUTE * wave * (0.85 + 0.3 * random()))
    for (let i = 0; i < shown; i++) {
      const index = Number(campaign())
      const { ctr, cost } = CAMPAIGNS[index]
      const campaign_id = ADVERTISER * 10 + index
      const ad_group_id = campaign_id * 10 + Math.floor(random() ** 1.5 * GROUPS.length)
      const place = country()
      const event = {
        timestamp: minute + Math.floor(random() * MINUTE),
        advertiser_id: ADVERTISER,
        campaign_id,
        ad_group_id,
        creative_id: ad_group_id * 10 + Math.floor(random() * CREATIVES.length),
        device: device(),
        ...(place && { country: place }),
        ...(place === 'DE' && { region: random() < 0.5 ? 'BE' : 'BY' }),
      }
      all.push({ ...event, type: 'impression' })
      if (random() >= ctr) continue
      all.push({ ...event, type: 'click', cost_micros: Math.round(cost * (0.7 + 0.6 * random())) })
      if (random() >= 0.06) continue
      all.push({
        ...event,
        type: 'conversion',
        value_micros: 20_000_000 + Math.floor(random() * 90) * 1_000_000,
      })
    }
  }
  return all.map((event, i) => ({
    event_id: randomUUID(),
    ...event,
    ...(i % 41 === 0 && { invalid_reason: 'bot' }),
    sent: i % 19 === 0 ? 3 : i % 11 === 0 ? 2 : 1,
  }))
}

/** The events as they are sent, `sent` times each. */
export function lines(events) {
  return events.flatMap(({ sent, ...event }) => Array(sent).fill(JSON.stringify(event)))
}

/** What reports must say about the events in `[from, to)` that have all these properties. */
export function sum(all, from, to, properties = {}) {
  const wanted = Object.entries(properties)
  const sums = { spend: 0, conversion_value: 0 }
  for (const kind of ['impressions', 'clicks', 'conversions'])
    for (const part of ['', 'invalid_', 'duplicate_', 'gross_']) sums[part + kind] = 0
  for (const event of all) {
    if (event.timestamp < from || event.timestamp >= to) continue
    if (!wanted.every(([name, value]) => (event[name] ?? '') === value)) continue
    sums[`duplicate_${event.type}s`] += event.sent - 1
    sums[`gross_${event.type}s`] += event.sent
    sums[`${event.invalid_reason ? 'invalid_' : ''}${event.type}s`]++
    if (event.invalid_reason) continue
    sums.spend += event.cost_micros ?? 0
    sums.conversion_value += event.value_micros ?? 0
  }
  sums.spend /= 1e6
  sums.conversion_value /= 1e6
  return {
    ...sums,
    ctr: ratio(sums.clicks, sums.impressions),
    invalid_click_rate: ratio(sums.invalid_clicks, sums.gross_clicks),
    duplicate_click_rate: ratio(sums.duplicate_clicks, sums.gross_clicks),
  }
}

function ratio(of, by) {
  return by ? of / by : null
}

function generator(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

function picker(weights, random) {
  const entries = Object.entries(weights)
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0)
  return () => {
    let left = random() * total
    for (const [value, weight] of entries) if ((left -= weight) < 0) return value
    return entries[0][0]
  }
}
