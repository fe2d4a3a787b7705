import { describe, expect, it } from 'vitest'
import * as map from 'virtual:world-map'

describe('the world map', () => {
  it('has a shape or a dot for the countries of the world, none twice', () => {
    const codes = [...Object.keys(map.shapes), ...Object.keys(map.dots)]
    expect(codes.length).toBeGreaterThan(225)
    for (const code of codes) expect(code).toMatch(/^[A-Z]{2}$/)
    expect(codes).toEqual(
      expect.arrayContaining(['DE', 'US', 'FR', 'NO', 'IN', 'XK', 'SG', 'MT', 'GF']),
    )
    expect(map.shapes.SG).toBeUndefined()
  })

  it('puts them where they are', () => {
    const [x, y] = map.dots.SG!
    expect(x / map.width).toBeGreaterThan(0.7)
    expect(x / map.width).toBeLessThan(0.8)
    expect(y / map.height).toBeGreaterThan(0.5)
    expect(y / map.height).toBeLessThan(0.7)
    for (const [x, y] of Object.values(map.dots)) {
      expect(x >= 0 && x <= map.width && y >= 0 && y <= map.height).toBe(true)
    }
  })
})
