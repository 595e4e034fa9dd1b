import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { wrongArrows } from './arrows.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** A small house in a temporary folder that keeps every rule, plus the files given. */
async function aHouse(files: Readonly<Record<string, string>>) {
  const folder = await mkdtempDisposable(path.join(tmpdir(), 'tidegate-house-'))
  const kept = {
    'package.json':
      '{ "dependencies": { "pg": "*", "idb": "*", "@electric-sql/pglite": "*" }, "devDependencies": { "vitest": "*" } }',
    'packages/protocol/package.json': '{ "name": "@tidegate/protocol", "exports": "./src/index.ts" }',
    'packages/protocol/src/index.ts': 'export const said = 1\n',
    'packages/client/package.json': '{ "dependencies": { "@tidegate/protocol": "*" } }',
    'packages/client/src/core/sync.ts': 'export const dueAtMs = (nowMs: number) => new Date(nowMs).getTime()\n',
    'packages/client/src/edge/clock.ts': 'export const nowMs = () => Date.now()\n',
    'packages/client/src/core/sync.test.ts': 'export const startedAtMs = Date.now()\n',
    'packages/client/src/door.ts': "import { said } from '@tidegate/protocol'\nexport const heard = said\n",
    'apps/server/src/main.ts': 'export {}\n',
    'packages/guard/package.json':
      '{ "name": "@tidegate/guard", "exports": { ".": "./src/index.ts", "./sql": "./src/index.ts" } }',
    'packages/guard/src/index.ts': 'export type Guard = string\n',
  }
  for (const [file, text] of Object.entries({ ...kept, ...files })) {
    await mkdir(path.join(folder.path, path.dirname(file)), { recursive: true })
    await writeFile(path.join(folder.path, file), text)
  }
  for (const name of ['pg', 'idb', '@electric-sql/pglite', 'vitest']) {
    const library = path.join(folder.path, 'node_modules', name)
    await mkdir(library, { recursive: true })
    await writeFile(path.join(library, 'package.json'), JSON.stringify({ name, main: 'index.js' }))
    await writeFile(path.join(library, 'index.js'), '')
  }
  // As pnpm does it: our own packages are links, so an import of one resolves to its sources.
  await mkdir(path.join(folder.path, 'node_modules/@tidegate'))
  for (const name of ['protocol', 'guard']) {
    await symlink(path.join(folder.path, 'packages', name), path.join(folder.path, 'node_modules/@tidegate', name))
  }
  return folder
}

test('a house in order has no wrong arrow', async () => {
  await using house = await aHouse({})
  expect(await wrongArrows(house.path)).toEqual([])
})

const core = 'packages/client/src/core/broken.ts'
test.each<[rule: string, file: string, text: string]>([
  ['arrows-of-client', 'packages/client/src/broken.ts', "import '@tidegate/guard'"],
  ['arrows-of-client', 'packages/client/src/broken.test.ts', "import type { Guard } from '@tidegate/guard/sql'"],
  ['arrows-of-guard', 'packages/guard/src/broken.ts', "export * from '@tidegate/client'"],
  ['arrows-of-guard', 'packages/guard/src/broken.ts', "export const client = () => import('@tidegate/client')"],
  ['arrows-of-protocol', 'packages/protocol/src/broken.ts', "import '@tidegate/checker'"],
  ['arrows-of-checker', 'packages/checker/src/broken.ts', "import '@tidegate/client'"],
  ['manifest-arrow', 'packages/client/package.json', '{ "devDependencies": { "@tidegate/guard": "*" } }'],
  ['manifest-arrow', 'packages/client/package.json', '{ "peerDependencies": { "@tidegate-apps/mail": "*" } }'],
  ['manifest-arrow', 'apps/mail/package.json', '{ "dependencies": { "@tidegate-apps/server": "*" } }'],
  ['unknown-package', 'packages/newcomer/package.json', '{ "name": "@tidegate/newcomer" }'],
  ['nobody-imports-an-app', 'packages/guard/src/broken.ts', "import '@tidegate-apps/server'"],
  ['nobody-imports-an-app', 'apps/console/src/broken.ts', "import '@tidegate-apps/mail'"],
  ['relative-import-stays-in-its-package', 'packages/client/src/broken.ts', "import '../../protocol/src/index.ts'"],
  ['relative-import-stays-in-its-package', 'test/e2e/broken.test.ts', "import '../../apps/server/src/main.ts'"],
  ['no-cycle', 'packages/client/src/broken.ts', "export { again } from './broken-2.ts'\nexport const once = 1"],
  ['core-is-pure', core, "import 'node:fs/promises'"],
  ['core-is-pure', core, "import { setTimeout } from 'node:timers/promises'"],
  ['core-is-pure', core, "import { randomUUID } from 'crypto'"],
  ['core-is-pure', core, "import type { PGlite } from '@electric-sql/pglite'"],
  ['core-is-pure', core, "import { Pool } from 'pg'"],
  ['core-is-pure', core, "import { openDB } from 'idb'"],
  ['core-is-pure', core, "import { nowMs } from '../edge/clock.ts'"],
  ['core-stays-in-core', core, "import { heard } from '../door.ts'"],
  ['shipped-code-does-not-import-dev-dependencies', 'packages/client/src/broken.ts', "import { test } from 'vitest'"],
  ['import-is-found', 'packages/client/src/broken.ts', "import 'never-declared'"],
  ['import-is-found', 'packages/client/src/broken.ts', "import './nowhere.ts'"],
])('%s is broken by %s: %s', async (rule, file, text) => {
  await using house = await aHouse({
    'packages/client/src/broken-2.ts': "export { once } from './broken.ts'\nexport const again = 2\n",
    'packages/client/src/broken.ts': 'export const once = 1\n',
    [file]: `${text}\n`,
  })
  const found = await wrongArrows(house.path)
  expect(found.filter((line) => line.startsWith(`${rule}: `))).not.toEqual([])
})

test.each<[name: string, text: string]>([
  ['the wall clock', 'export const a = Date.now()'],
  ['the date of today', 'export const a = new Date()'],
  ['chance', 'export const a = Math.random'],
  ['the monotonic clock', 'export const a = performance.now()'],
  ['a timer', 'setTimeout(() => {}, 1)'],
  ['an interval', 'setInterval(() => {}, 1)'],
  ['a microtask', 'queueMicrotask(() => {})'],
  ['a random id', 'export const a = crypto.randomUUID()'],
  ['random bytes', 'export const a = crypto.getRandomValues(new Uint8Array(4))'],
  ['the network', "export const a = fetch('/')"],
  ['the network through globalThis', "export const a = globalThis.fetch('/')"],
  ['settings', 'export const a = process.env.HOME'],
  ['the disk', "export const a = indexedDB.open('mail')"],
])('core may not touch %s', async (_name, text) => {
  await using house = await aHouse({ [core]: `${text}\n` })
  expect(await filesFailingLint(house.path)).toEqual([core])
})

test('the edge and the tests of core may touch clocks', async () => {
  await using house = await aHouse({})
  expect(await filesFailingLint(house.path)).toEqual([])
})

/** Runs our own lint settings in another house and gives the files it finds impure. */
async function filesFailingLint(house: string): Promise<readonly string[]> {
  for (const file of ['.biome.json', '.gitignore', 'test/gate/core-purity.grit']) {
    await cp(path.join(root, file), path.join(house, file))
  }
  const biome = path.join(root, 'node_modules/.bin/biome')
  const { stdout } = spawnSync(biome, ['lint', '--reporter=github', 'packages'], { cwd: house, encoding: 'utf8' })
  return [...stdout.matchAll(/title=(?:plugin|lint\/style\/noRestrictedGlobals),file=[^,]*?(packages\/[^,]+),/g)].map(
    ([, file = '']) => file,
  )
}
