import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { cacheContract } from '@tidegate/client/cache-contract'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from './chromium.ts'

// The contract of `@tidegate/client/cache-contract`, on the IndexedDB of a real browser.

const executablePath = findChromium()
const isRequired = Boolean(process.env.CI)

test.runIf(isRequired)('Chromium is there: set CHROMIUM or put it on PATH', () => {
  expect(executablePath).not.toBeNull()
})

describe.skipIf(executablePath === null)('a cache in Chromium (skipped without it: set CHROMIUM)', () => {
  let browser: Browser
  let page: Page
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>cache</title>')
  })

  beforeAll(async () => {
    const address = await new Promise<AddressInfo>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve(server.address() as AddressInfo)) // a port, so not a pipe's name
    })
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
    page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${address.port}/`)
    await page.addScriptTag({ content: await bundled('pages/cache-page.ts') })
  })

  afterAll(async () => {
    await browser?.close()
    server.close()
  })

  for (const { name } of cacheContract)
    test(name, { timeout: 30_000 }, async () => {
      expect(await page.evaluate((caseName) => cachePage.run(caseName), name)).toBe('passed')
    })

  test('10,000 mails are loaded and read; the times are printed', async () => {
    const took = await page.evaluate(() => cachePage.time(10_000))
    console.log(`cache in Chromium, 10,000 mails, ms: ${JSON.stringify(took)}`)
    expect(Object.keys(took)).toContain('load')
  })
})

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, entry)],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    conditions: ['@tidegate/source'],
  })
  return outputFiles[0]?.text ?? ''
}
