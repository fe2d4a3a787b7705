/**
 * The module `virtual:world-map`: the outline of every country, drawn when the dashboard is built,
 * so that the browser needs neither the atlas nor a projection.
 */

import { createRequire } from 'node:module'
import { geoEqualEarth, geoPath } from 'd3-geo'
import countryCodes from 'i18n-iso-countries'
import { feature } from 'topojson-client'

const require = createRequire(import.meta.url)
const WIDTH = 1000
/** From the south of Tierra del Fuego to the north of Greenland. */
const BOX = {
  type: 'MultiPoint',
  coordinates: [
    [-169, -55.5],
    [180, -55.5],
    [-169, 83.6],
    [180, 83.6],
    [-168.99, 0],
    [-169.01, 0],
  ],
}
/** Countries with a smaller area, in square units of the map, are hard to hit: they get a dot. */
const SMALLEST_AREA = 4
/** Land that the atlas has no number for, but that reports have a code for. */
const CODES = { Kosovo: 'XK' }

export function worldMap() {
  const name = 'virtual:world-map'
  return {
    name,
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load(id) {
      if (id !== `\0${name}`) return
      return Object.entries(drawMap())
        .map(([key, value]) => `export const ${key} = ${JSON.stringify(value)}`)
        .join('\n')
    },
  }
}

function drawMap() {
  const projection = geoEqualEarth().rotate([-11, 0]).fitWidth(WIDTH, BOX)
  const path = geoPath(projection)
  const [[, top], [, bottom]] = path.bounds(BOX)
  const [x, y] = projection.translate()
  projection.translate([x, y - top])

  const shapes = {}
  const tiny = new Set()
  let rest = ''
  for (const country of countries('110m').flatMap(withoutOverseas)) {
    const code = codeOf(country)
    if (code === 'AQ') continue
    const shape = relative(path(country))
    if (code) shapes[code] = shape
    else rest += shape
    if (code && path.area(country) < SMALLEST_AREA) tiny.add(code)
  }
  const dots = {}
  for (const country of countries('50m')) {
    const code = codeOf(country)
    if (!code || code === 'AQ' || (shapes[code] && !tiny.has(code))) continue
    dots[code] = path.centroid(country).map(Math.round)
  }
  return { width: WIDTH, height: Math.ceil(bottom - top), shapes, dots, rest }
}

function countries(scale) {
  const atlas = require(`world-atlas/countries-${scale}.json`)
  return feature(atlas, atlas.objects.countries).features
}

function codeOf({ id, properties }) {
  return (id && countryCodes.numericToAlpha2(id)) || CODES[properties.name]
}

/** The atlas draws French Guiana as a part of France; reports have a code for each. */
function withoutOverseas(country) {
  if (codeOf(country) !== 'FR') return [country]
  const part = (id, wanted) => ({
    ...country,
    id,
    geometry: { type: 'MultiPolygon', coordinates: country.geometry.coordinates.filter(wanted) },
  })
  const overseas = ([[[longitude]]]) => longitude < -30
  return [part(country.id, (polygon) => !overseas(polygon)), part('254', overseas)]
}

/** The same path in whole units and relative steps: half as long. */
function relative(path) {
  return path
    .split('Z')
    .filter(Boolean)
    .map((ring) => {
      const points = ring
        .slice(1)
        .split('L')
        .map((point) => point.split(',').map(Math.round))
      let [px, py] = points[0]
      let text = `M${px} ${py}l`
      for (const [x, y] of points.slice(1)) {
        if (x === px && y === py) continue
        text += `${x - px},${y - py} `
        ;[px, py] = [x, y]
      }
      return `${text.trimEnd().replaceAll(',-', '-').replaceAll(' -', '-')}z`
    })
    .join('')
}
