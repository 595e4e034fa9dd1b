import type { Page } from 'playwright-core'

const STATE_WITHIN_MS = 30_000

/** What the page's own line about checking shows. */
export function shownState(page: Page): Promise<string | null> {
  return page.getByTestId('resync-panel').getAttribute('data-state')
}

/** Waits until the page shows one of these states. @throws Error with what it shows instead, after half a minute */
export async function untilState(page: Page, ...states: readonly string[]): Promise<void> {
  const wanted = states.map((state) => `[data-testid="resync-panel"][data-state="${state}"]`).join(',')
  await page.waitForSelector(wanted, { timeout: STATE_WITHIN_MS }).catch(async (cause: unknown) => {
    const panel = page.getByTestId('resync-panel')
    const shown = await panel.evaluate((element) => element.outerHTML).catch(() => 'no panel')
    throw new Error(`Waited in vain for ${states.join(' or ')}; the page shows: ${shown}`, { cause })
  })
}

/** The page makes an ordinary request, whose answer tells it when there is something to ask about. */
export async function useMail(page: Page): Promise<void> {
  await page.evaluate(() => dispatchEvent(new Event('online')))
}

/** Writes on in the draft, and waits until the page says that it is kept. @returns the whole text */
export async function writeDraft(page: Page, words: string): Promise<string> {
  await openDraft(page)
  const text = page.getByTestId('draft-text')
  const whole = `${await text.inputValue()}${words}`
  await text.fill(whole)
  await page.waitForSelector('[data-testid="draft-editor"][data-saved="true"]')
  return whole
}

/** The draft as a person finds it again. */
export async function readDraft(page: Page): Promise<string> {
  await openDraft(page)
  return page.getByTestId('draft-text').inputValue()
}

async function openDraft(page: Page): Promise<void> {
  if (await page.getByTestId('draft-editor').isVisible()) return
  await page.locator('[data-testid="folder"][data-folder="Drafts"]').click()
  await page.getByTestId('draft-row').click()
  await page.getByTestId('draft-editor').waitFor()
}

/** A disk that is busy with something else: nothing of the cache's items is read or written until the page is gone. */
export async function blockDisk(page: Page, accountId: string): Promise<void> {
  await page.evaluate(
    (name) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open(name)
        opening.onerror = () => reject(opening.error)
        opening.onsuccess = () => {
          const store = opening.result.transaction('states', 'readwrite').objectStore('states')
          const goOn = () => {
            store.get('nothing').onsuccess = goOn
            resolve()
          }
          goOn()
        }
      }),
    `tidegate-${accountId}`,
  )
}

/** Waits until a resync or first load of this life has come to its end, proven. */
export async function untilEnded(page: Page): Promise<void> {
  const ended = '[data-testid="resync-panel"][data-state="current"]'
  await page.waitForSelector(`${ended}[data-outcome="resynced"], ${ended}[data-outcome="consistent"]`, {
    timeout: 60_000,
  })
}

/** Unfolds what the panel has to say. */
export async function openPanel(page: Page): Promise<void> {
  if (!(await page.getByTestId('resync-details').isVisible())) await page.getByTestId('resync-toggle').click()
}

/** What the device has noted of a resync that was begun and not ended, as it lies on its disk; null when there is none. */
export async function readAttempt(page: Page, accountId: string): Promise<unknown> {
  return page.evaluate(
    (name) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open(name)
        opening.onerror = () => reject(opening.error)
        opening.onsuccess = () => {
          const database = opening.result
          const reading = database.transaction('resync').objectStore('resync').get('attempt')
          reading.onerror = () => reject(reading.error)
          reading.onsuccess = () => {
            database.close()
            resolve(reading.result ?? null)
          }
        }
      }),
    `tidegate-${accountId}`,
  )
}

/** What the panel says, opened before. */
export interface ShownPanel {
  readonly state: string | null
  readonly line: string
  readonly detail: string
  readonly items: string
  readonly bytes: string
  readonly controls: readonly string[]
}

export async function shownPanel(page: Page): Promise<ShownPanel> {
  return page.getByTestId('resync-panel').evaluate((panel) => {
    const text = (name: string) => panel.querySelector(`[data-testid="${name}"]`)?.textContent ?? ''
    return {
      state: panel.getAttribute('data-state'),
      line: text('resync-line'),
      detail: text('resync-detail'),
      items: text('progress-items'),
      bytes: text('progress-bytes'),
      controls: [...panel.querySelectorAll('.consent-choices button')].map((button) => button.textContent ?? ''),
    }
  })
}
