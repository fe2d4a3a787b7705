import { readFileSync } from 'node:fs'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import { worldMap } from './world-map.js'

// What ends up in the bundle and asks for its licence to travel along.
const bundled = ['svelte', 'uplot', '@fontsource-variable/inter', 'world-atlas']

function licenses() {
  const text = (name) => {
    const folder = new URL(`./node_modules/${name}/`, import.meta.url)
    for (const file of ['LICENSE', 'LICENSE.md']) {
      try {
        return `${name}\n\n${readFileSync(new URL(file, folder), 'utf8').trim()}`
      } catch (error) {
        if (error.code !== 'ENOENT') throw error
      }
    }
    throw new Error(`${name} has no LICENSE file: name it in vite.config.js`)
  }
  return {
    name: 'licenses',
    apply: 'build',
    generateBundle() {
      const source = bundled.map(text).join(`\n\n${'-'.repeat(80)}\n\n`) + '\n'
      this.emitFile({ type: 'asset', fileName: 'licenses.txt', source })
    },
  }
}

export default defineConfig({
  // Relative addresses, so that the dashboard also works below a path of a reverse proxy.
  base: './',
  plugins: [svelte(), worldMap(), licenses()],
  build: {
    target: 'es2022',
    // The Content-Security-Policy allows fonts from the own origin only, not from data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // `npm run dev` against a running `adtally serve`.
    proxy: { '/v1': process.env.ADTALLY_API_URL ?? 'http://127.0.0.1:8081' },
  },
  test: { include: ['src/**/*.test.ts'] },
})
