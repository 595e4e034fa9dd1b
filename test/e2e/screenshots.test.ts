import path from 'node:path'
import { cohort, ReleasePlan } from '@tidegate/protocol'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { maildir, openMailScene, untilPanel } from './support/mail-scene.ts'
import { ALL_AT_ONCE, proposeToEverybody } from './support/reset-proposal.ts'

// For people to look at, in `test/e2e/screenshots`, which git ignores: each state as a desktop and a phone show it, by
// day and by night.
const FOLDER = path.join(import.meta.dirname, 'screenshots')
const VIEWS = [
  { name: 'wide', viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { name: 'wide-dark', viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  { name: 'phone', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  { name: 'phone-dark', viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
] as const

test.skipIf(maildir === undefined)(
  'mail page and console are photographed at rest, asking, downloading and done (TIDEGATE_TEST_MAILDIR)',
  { timeout: 180_000 },
  async () => {
    await using scene = await openMailScene({ query: '?ask=always&rate=100000' })
    const { page, context, server, operator, owner } = scene
    await page.setViewportSize(VIEWS[0].viewport)
    await page.getByTestId('message-row').nth(1).click()
    await page.getByTestId('reading-pane').waitFor()
    await page.locator('[data-testid="body-text"], [data-testid="body-html"]').waitFor()
    await photograph(page, 'mail-idle')
    await page.keyboard.press('Escape')
    await page.getByTestId('reading-pane').waitFor({ state: 'detached' })
    await photograph(page, 'mail-list')

    const bodies = await page.evaluate((id) => mailObserver.list(id, 'bodies'), owner.accountId)
    const ids = bodies.map(({ id }) => id)
    await page.evaluate(([id, lost]) => mailObserver.lose(id, 'bodies', lost), [owner.accountId, ids] as const)
    const causeId = await proposeToEverybody(scene)
    const control = await context.newPage()
    await control.goto(server.consoleUrl)
    await control.locator(`[data-testid="held-cause"][data-cause="${causeId}"]`).waitFor()
    await photograph(control, 'console-hold')

    const signalId = await newestSignalOf(operator, causeId)
    const target = { kind: 'cause', causeId } as const
    await operator.approve.mutate({
      target,
      plan: stagesWith(cohort(signalId, owner.accountId)),
      reason: 'Canaries were fine',
    })
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await untilPanel(page, { state: 'asking' })
    await page.getByTestId('consent').waitFor()
    await photograph(page, 'mail-consent')

    await page.getByTestId('consent-now').click()
    await page.locator('[data-testid="progress-items"]', { hasNotText: /^0 of/ }).waitFor()
    await photograph(page, 'mail-progress')
    await control.getByTestId('running-resync').waitFor()
    await photograph(control, 'console-release')

    await untilPanel(page, { state: 'current', outcome: 'resynced' })
    await photograph(page, 'mail-done')
    expect(await page.getByTestId('resync-detail').textContent()).toContain('proven equal')
  },
)

async function photograph(page: Page, what: string): Promise<void> {
  for (const { name, viewport, colorScheme } of VIEWS) {
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: path.join(FOLDER, `${what}-${name}.png`), animations: 'disabled' })
  }
  await page.setViewportSize(VIEWS[0].viewport)
  await page.emulateMedia({ colorScheme: 'light' })
}

/** A first stage that the owner is in, and a second one for the rest, where there is a rest. */
function stagesWith(place: number): ReleasePlan {
  const [last] = ALL_AT_ONCE.stages
  const stages = place < 0.95 ? [{ ...last, share: place + 0.04 }, last] : [last]
  return ReleasePlan.parse({ ...ALL_AT_ONCE, stages })
}

async function newestSignalOf(
  operator: Awaited<ReturnType<typeof openMailScene>>['operator'],
  causeId: string,
): Promise<string> {
  const { causes } = await operator.status.query({})
  const signalId = causes.find(({ cause }) => cause.causeId === causeId)?.signals[0]?.signalId
  if (signalId === undefined) throw new Error(`Cannot find a signal of ${causeId}`)
  return signalId
}
