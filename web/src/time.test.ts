import { describe, expect, it } from 'vitest'
import { addDays, DAY, fromInput, fromLocal, HOUR, offsetAt, startOfDay, toInput } from './time'

const berlin = 'Europe/Berlin'
const at = (text: string) => Date.parse(text)

describe('time zones', () => {
  it('knows the offset on both sides of a change of clocks', () => {
    expect(offsetAt(berlin, at('2026-07-01T00:00Z'))).toBe(2 * HOUR)
    expect(offsetAt(berlin, at('2026-12-01T00:00Z'))).toBe(HOUR)
    expect(offsetAt('Asia/Kolkata', at('2026-12-01T00:00Z'))).toBe(5.5 * HOUR)
    expect(offsetAt('UTC', at('1969-12-31T23:59:59.5Z'))).toBe(0)
  })

  it('finds the start of days of 23, 24 and 25 hours', () => {
    const start = startOfDay(berlin, at('2026-10-25T12:00Z'))
    expect(start).toBe(at('2026-10-24T22:00Z'))
    expect(addDays(berlin, start, 1) - start).toBe(25 * HOUR)
    const spring = startOfDay(berlin, at('2026-03-29T12:00Z'))
    expect(addDays(berlin, spring, 1) - spring).toBe(23 * HOUR)
    expect(addDays(berlin, spring, -1)).toBe(spring - DAY)
  })

  it('moves a wall clock time that does not exist behind the gap', () => {
    expect(fromLocal(berlin, at('2026-03-29T02:30Z'))).toBe(at('2026-03-29T01:30Z'))
  })

  it('writes and reads what a datetime-local input holds', () => {
    const instant = at('2026-11-24T11:03Z')
    expect(toInput(berlin, instant)).toBe('2026-11-24T12:03')
    expect(fromInput(berlin, '2026-11-24T12:03')).toBe(instant)
    expect(fromInput(berlin, '')).toBeNull()
  })
})
