import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { defineConfig } from 'tsup'

// One build for every package and every Node app. It runs in the package's folder and takes the entries from its
// `exports`, so a new subpath is written once, in package.json. An app has no exports: its entry is src/main.ts.
type Door = { '@tidegate/source'?: string }
const manifest: { exports?: Record<string, Door | string> } = JSON.parse(readFileSync('package.json', 'utf8'))
const sources = Object.values(manifest.exports ?? {}).flatMap((door) =>
  typeof door === 'object' && door['@tidegate/source'] !== undefined ? [door['@tidegate/source']] : [],
)
const isLibrary = sources.length > 0
const entries = isLibrary ? sources : ['./src/main.ts']

export default defineConfig({
  entry: Object.fromEntries(entries.map((file) => [basename(file, '.ts'), file])),
  format: 'esm',
  target: 'es2023',
  platform: isLibrary ? 'neutral' : 'node',
  dts: isLibrary,
  sourcemap: true,
  splitting: true,
  clean: true,
  silent: true,
})
