import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const sources = globSync('**/*.ts', { cwd: import.meta.dirname }).filter((file) => !/\.test(-d)?\.ts$/.test(file))
const textOf = (file: string) => readFileSync(path.join(import.meta.dirname, file), 'utf8')

test('everything here runs in a browser: nothing is imported from Node, and no global of its own is used', () => {
  expect(sources.length).toBeGreaterThan(40)
  expect(sources.filter((file) => /from 'node:|\bBuffer\b|\bprocess\./.test(textOf(file)))).toEqual([])
})

test('only the router knows tRPC, so a client that talks another way does not carry it', () => {
  expect(sources.filter((file) => textOf(file).includes("from '@trpc/") && !file.startsWith('router'))).toEqual([])
})
