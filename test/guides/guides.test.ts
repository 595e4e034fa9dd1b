import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { comparable } from './comparable.ts'
import { guideBlocks } from './guide-blocks.ts'
import { GUIDES, guideFile } from './guides.ts'
import { runGuide } from './run-guide.ts'

test.each(Object.entries(GUIDES))(
  'what the guide %s shows is what happens when one follows it (write it anew with `pnpm guides`)',
  async (name, world) => {
    const guide = readFileSync(guideFile(name), 'utf8')
    expect(await runGuide(guide, world)).toBe(guide)
  },
)

test('the code of the backend guide is typed, and imports nothing but what the guide installs', () => {
  const blocks = guideBlocks(readFileSync(guideFile('backend'), 'utf8'))
  const files = blocks.flatMap((block) => (block.kind === 'file' && block.name.endsWith('.ts') ? [block] : []))
  const installed = blocks.flatMap((block) => (block.kind === 'install' ? block.packages : []))
  const imported = files.flatMap(({ text }) =>
    [...text.matchAll(/(?:from|resolve\()\s*'((?:@[\w-]+\/)?[\w-]+)/g)].map(([, name = '']) => name),
  )
  expect(imported.filter((name) => name !== 'node' && !installed.includes(name))).toEqual([])
  expect(imported.length).toBeGreaterThan(15)

  // Inside this workspace, so that the types of its own packages are found as its own Node finds them.
  const folder = mkdtempSync(path.join(import.meta.dirname, '.typed-'))
  try {
    for (const { name, text } of files) writeFileSync(path.join(folder, name), text)
    const options = [
      '--ignoreConfig',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
      '--noEmit',
      '--skipLibCheck',
      '--allowImportingTsExtensions',
      '--types',
      'node',
    ]
    const modern = ['--target', 'es2023', '--module', 'nodenext', ...options]
    const tsc = path.resolve(import.meta.dirname, '../../node_modules/typescript/bin/tsc')
    execFileSync(process.execPath, [tsc, ...modern, ...files.map(({ name }) => path.join(folder, name))], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('two runs are told apart by what they did, not by ids and times', () => {
  const line = 'held  verify messages  20 of 60 accounts in force  60 MB'
  expect(comparable(`${line}  c9a25830-3e2b-4b80-a3bb-74fbcfe8aef0`)).toBe(
    comparable(`${line}  dcc2758c-f24f-4184-8ef3-60feed241e6e`),
  )
  expect(comparable(line)).not.toBe(comparable(line.replace('20 of', '60 of')))
})
