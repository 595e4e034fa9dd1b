import path from 'node:path'
import { expect, test } from 'vitest'
import { readmeExamples, runReadmeExample } from './readme-examples.ts'

const root = path.resolve(import.meta.dirname, '../..')

test('only blocks marked `ts run` are executed, and each knows its line', () => {
  const markdown = '# A\n\n```ts\nshown()\n```\n\n```ts run\nfirst()\n```\n\n```ts run\nsecond()\n```\n'
  expect(readmeExamples('README.md', markdown)).toEqual([
    { file: 'README.md', line: 8, code: 'first()\n' },
    { file: 'README.md', line: 12, code: 'second()\n' },
  ])
})

test('an example runs as typed code on the sources of the workspace', () => {
  const code = `
    const at: string = import.meta.resolve('@tidegate/guard')
    if (!at.endsWith('/packages/guard/src/index.ts')) throw new Error(at)
  `
  expect(runReadmeExample(root, { file: 'README.md', line: 1, code })).toMatchObject({ ok: true })
})

test('an example that throws fails the gate with its message', () => {
  const example = { file: 'packages/guard/README.md', line: 1, code: "throw new Error('the door has moved')" }
  const { ok, output } = runReadmeExample(root, example)
  expect(ok).toBe(false)
  expect(output).toContain('the door has moved')
})
