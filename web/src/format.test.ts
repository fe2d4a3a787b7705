import { describe, expect, it } from 'vitest'
import {
  countryName,
  formatChange,
  formatDuration,
  formatHeadline,
  formatMetric,
  formatTime,
  pickLocale,
} from './format'

describe('formatMetric', () => {
  it('shows each kind in its way', () => {
    expect(formatMetric('impressions', 1234567)).toBe('1,234,567')
    expect(formatMetric('ctr', 0.01234)).toBe('1.23%')
    expect(formatMetric('spend', 1234.5, 'EUR')).toBe('€1,234.50')
    expect(formatMetric('spend', 1234.5, 'JPY')).toBe('¥1,235')
    expect(formatMetric('roas', 3.256)).toBe('3.26×')
  })

  it('shows no symbol without one currency, nor for what is none', () => {
    expect(formatMetric('spend', 1234.5)).toBe('1,234.50')
    expect(formatMetric('spend', 1234.5, 'no code')).toBe('1,234.50')
  })

  it('does not round the price of a cheap click to nothing', () => {
    expect(formatMetric('cpc', 0.0042, 'USD')).toBe('$0.0042')
    expect(formatMetric('cpc', 0, 'USD')).toBe('$0.00')
  })

  it('shows a dash where a rate has no denominator, but a zero where it is zero', () => {
    expect(formatMetric('ctr', null)).toBe('–')
    expect(formatMetric('ctr', 0)).toBe('0.00%')
  })
})

describe('the rest', () => {
  it('shortens headlines from ten millions on', () => {
    expect(formatHeadline('impressions', 9_999_999)).toBe('9,999,999')
    expect(formatHeadline('impressions', 12_345_678)).toBe('12.35M')
    expect(formatHeadline('spend', 12_345_678, 'EUR')).toBe('€12.35M')
  })

  it('writes changes with their sign', () => {
    expect(formatChange(0.124)).toBe('+12.4%')
    expect(formatChange(-0.5)).toBe('-50.0%')
    expect(formatChange(0)).toBe('0.0%')
    expect(formatChange(24)).toBe('×25')
  })

  it('writes durations in the unit one would say', () => {
    expect(formatDuration(1.8)).toBe('2 s')
    expect(formatDuration(-1)).toBe('0 s')
    expect(formatDuration(600)).toBe('10 min')
    expect(formatDuration(86_400)).toBe('24 h')
    expect(formatDuration(86_400 * 3)).toBe('3 days')
  })

  it('writes times in the zone asked for', () => {
    expect(formatTime(Date.parse('2026-11-24T23:03:21Z'), 'Europe/Berlin', 'clock')).toBe(
      '00:03:21',
    )
  })

  it('names countries and survives codes that are none', () => {
    expect(countryName('DE')).toBe('Germany')
    expect(countryName('QQ')).toBeUndefined()
    expect(countryName('not a country')).toBeUndefined()
  })

  it('follows the browser only among the Englishes', () => {
    expect(pickLocale('en-GB')).toBe('en-GB')
    expect(pickLocale('de-DE')).toBe('en-US')
    expect(pickLocale(undefined)).toBe('en-US')
  })
})
