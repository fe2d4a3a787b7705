/** Drawn by world-map.js when the dashboard is built. */
declare module 'virtual:world-map' {
  export const width: number
  export const height: number
  /** An SVG path for each country, by its ISO 3166-1 code. */
  export const shapes: Record<string, string>
  /** The middle of each country that is too small to be seen, or to be hit. */
  export const dots: Record<string, [number, number]>
  /** Land that belongs to no code. */
  export const rest: string
}
