/**
 * The chart's uPlot options and data; everything that depends on uPlot's ways is here and in
 * Chart.svelte.
 */

import type uPlot from 'uplot'
import { formatTick, formatTime } from '../format'
import { metricOf, type MetricId } from '../metrics'
import { completeCount, type Series } from '../state/series'
import { DAY, toLocal } from '../time'

export interface PlotStyle {
  metrics: readonly MetricId[]
  zone: string
  currency: string | undefined
  colors: Record<string, string>
  width: number
  height: number
}

export interface PlotEvents {
  /** The bucket under the pointer, or null; the place is in pixels within the chart. */
  oncursor: (at: { index: number; x: number } | null) => void
  /** A dragged range, in milliseconds since the epoch. */
  onselect: (from: number, to: number) => void
  /** From when on the numbers may still change; null when all are complete. */
  openFrom: () => number | null
}

type UPlot = typeof uPlot

/** Narrower drags are clicks with an unsteady hand. */
const SMALLEST_DRAG_PX = 8
const FEW_POINTS = 14
const AXIS_FONT = "12px 'Inter Variable', system-ui, sans-serif"
/** A fixed width, so that the chart does not shift when the numbers grow by a digit. */
const Y_AXIS_PX = 58

export function plotOptions(style: PlotStyle, events: PlotEvents, U: UPlot): uPlot.Options {
  const { metrics, colors, zone } = style
  return {
    width: style.width,
    height: style.height,
    ms: 1,
    tzDate: (time) => U.tzDate(new Date(time), zone),
    padding: [12, metrics.length > 1 ? 0 : 22, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 8, width: 2, fill: colors.surface! },
      drag: { x: true, y: false, setScale: false },
    },
    scales: Object.fromEntries(metrics.map((id) => [id, { range: yRange(id) }])),
    series: [{}, ...metrics.flatMap((id) => lines(id, style))],
    axes: [xAxis(style), ...metrics.slice(0, 2).map((id, i) => yAxis(id, i, style))],
    hooks: {
      drawAxes: [(u) => hatch(u, events.openFrom(), colors.open!)],
      setCursor: [
        (u) => {
          const { idx, left } = u.cursor
          const inside = typeof idx === 'number' && left !== undefined && left >= 0
          if (!inside) return events.oncursor(null)
          const x = u.valToPos(u.data[0][idx]!, 'x') + u.over.offsetLeft
          events.oncursor({ index: idx, x })
        },
      ],
      setSelect: [
        (u) => {
          const { left, width } = u.select
          if (width < SMALLEST_DRAG_PX) return
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          events.onselect(u.posToVal(left, 'x'), u.posToVal(left + width, 'x'))
        },
      ],
    },
  }
}

/**
 * Three lines a metric: the period before, the complete buckets, and from the last of them into the
 * one still filling.
 */
export function plotData(
  series: Series,
  before: Series | null,
  metrics: readonly MetricId[],
): uPlot.AlignedData {
  const complete = completeCount(series)
  const lines = metrics.flatMap((id) => {
    const values = series.values[id] ?? []
    return [
      values.map((_, i) => before?.values[id]?.[i] ?? null),
      values.map((v, i) => (i < complete ? v : null)),
      values.map((v, i) => (i >= complete - 1 ? v : null)),
    ]
  })
  return [series.times, ...lines]
}

function lines(id: MetricId, { colors, metrics }: PlotStyle): uPlot.Series[] {
  const stroke = colors[id]!
  const common = { scale: id, stroke, width: 2, label: metricOf(id).label }
  const fill = metrics.length === 1 ? withAlpha(stroke, 0.09) : undefined
  return [
    { ...common, stroke: withAlpha(stroke, 0.38), width: 1.5, points: { show: false } },
    { ...common, ...(fill && { fill }), points: { show: true, size: 6, filter: visiblePoints } },
    { ...common, dash: [3, 4], points: { show: false } },
  ]
}

/** All points of a short series; of a longer one only those that no line reaches. */
const visiblePoints: uPlot.Series.Points.Filter = (u, index) => {
  const values = u.data[index]!
  const alone = (i: number) => values[i - 1] == null && values[i + 1] == null
  return [...values.keys()].filter(
    (i) => values[i] != null && (values.length <= FEW_POINTS || alone(i)),
  )
}

function xAxis({ colors, zone }: PlotStyle): uPlot.Axis {
  return {
    stroke: colors['text-soft']!,
    font: AXIS_FONT,
    size: 32,
    gap: 8,
    space: 72,
    grid: { show: false },
    ticks: { show: false },
    values: (_, splits, _axis, _space, increment) =>
      splits.map((time) => {
        const midnight = toLocal(zone, time) % DAY === 0
        return formatTime(time, zone, increment >= DAY || midnight ? 'day' : 'minute')
      }),
  }
}

function yAxis(id: MetricId, index: number, { colors, metrics, currency }: PlotStyle): uPlot.Axis {
  const whole = metricOf(id).kind === 'count'
  return {
    scale: id,
    side: index === 0 ? 3 : 1,
    stroke: colors[metrics.length > 1 ? id : 'text-soft']!,
    font: AXIS_FONT,
    size: Y_AXIS_PX,
    gap: 8,
    space: 44,
    grid: { show: index === 0, stroke: colors.grid!, width: 1 },
    ticks: { show: false },
    values: (_, splits) =>
      splits.map((v) => (whole && !Number.isInteger(v) ? '' : formatTick(id, v, currency))),
  }
}

function yRange(id: MetricId): uPlot.Range.Function {
  const least = metricOf(id).kind === 'count' ? 4 : metricOf(id).kind === 'rate' ? 0.001 : 0.01
  return (_, _min, max) => [0, Math.max((max ?? 0) * 1.1, least)]
}

/** Stripes behind what may still change; with a border where they begin. */
function hatch(u: uPlot, from: number | null, color: string): void {
  if (from === null) return
  const { ctx, bbox } = u
  const left = Math.max(u.valToPos(from, 'x', true), bbox.left)
  const width = bbox.left + bbox.width - left
  if (width <= 0) return
  const gap = 7 * devicePixelRatio
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, bbox.top, width, bbox.height)
  ctx.clip()
  ctx.strokeStyle = color
  ctx.lineWidth = devicePixelRatio
  ctx.beginPath()
  // In step with the canvas, not with the edge: live stripes must not crawl.
  const first = Math.floor((left - bbox.height) / gap) * gap
  for (let x = first; x < left + width; x += gap) {
    ctx.moveTo(x, bbox.top + bbox.height)
    ctx.lineTo(x + bbox.height, bbox.top)
  }
  ctx.moveTo(left, bbox.top)
  ctx.lineTo(left, bbox.top + bbox.height)
  ctx.stroke()
  ctx.restore()
}

function withAlpha(color: string, alpha: number): string {
  return `color-mix(in srgb, ${color} ${alpha * 100}%, transparent)`
}
