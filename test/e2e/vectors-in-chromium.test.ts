import fingerprintVectors from '@tidegate/protocol/vectors/fingerprints.json' with { type: 'json' }
import positionVectors from '@tidegate/protocol/vectors/positions.json' with { type: 'json' }
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from './chromium.ts'
import { type BrowserProcess, startBrowserProcess } from './support/browser-process.ts'
import { bundlePageScript } from './support/bundle-page-script.ts'
import { temporaryDirectory } from './support/server-process.ts'

// What Node and SQL are held to in `packages/protocol` and `packages/guard`, a browser is held to here.

const isThere = findChromium() !== null

test.runIf(process.env.CI)('Chromium is there: set CHROMIUM or put it on PATH', () => {
  expect(isThere).toBe(true)
})

describe.skipIf(!isThere)('in Chromium (skipped without it: set CHROMIUM)', () => {
  const profile = temporaryDirectory()
  let browser: BrowserProcess
  let page: Page

  beforeAll(async () => {
    browser = await startBrowserProcess(profile.path)
    page = await browser.context.newPage()
    await page.addScriptTag({ content: await bundlePageScript('protocol-page.ts') })
  })
  afterAll(async () => {
    await browser?.killGroup()
    profile[Symbol.dispose]()
  })

  test('hashes, positions and cohorts are those of the vectors (C7)', async () => {
    const hashes = await page.evaluate(
      (vectors) => vectors.map(({ text, seed }) => protocolPage.murmur3(text, seed)),
      positionVectors.murmur3,
    )
    expect(hashes).toEqual(positionVectors.murmur3.map(({ hash }) => hash))
    const places = await page.evaluate(
      (vectors) => vectors.map(({ signalId, id }) => protocolPage.places(signalId, id)),
      positionVectors.positions,
    )
    expect(places).toEqual(positionVectors.positions.map(({ position, cohort }) => ({ position, cohort })))
  })

  test.each(fingerprintVectors.digests)('fingerprints and digests are those of the vectors: $what', async (vector) => {
    const { scheme, collection, items, digest } = vector
    const found = await page.evaluate(
      (given) => ({
        fingerprints: protocolPage.fingerprints(given.scheme, given.collection, given.items),
        digest: protocolPage.digest(given.scheme, given.collection, given.items),
      }),
      { scheme, collection, items },
    )
    expect(found).toEqual({ fingerprints: items.map(({ fingerprint }) => fingerprint), digest })
  })
})
