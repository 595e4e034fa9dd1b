import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')

test('what the guide on old clients shows is what its tests run', () => {
  const tested = ['test/egress/support/mail-events.ts', 'test/egress/hosts/express-host.ts']
    .map(read)
    .map(flush)
    .join('\n')
  const blocks = [...read('apps/docs/guides/old-clients.md').matchAll(/^```ts\n(.*?)^```$/gms)]
  expect(blocks.length).toBe(2)
  for (const [, code = ''] of blocks) expect(tested).toContain(flush(code))
})

/** The text with every line at the margin: the guide shows code without the function around it. */
function flush(text: string): string {
  return text.replaceAll(/^ +/gm, '')
}
