import type { Extend } from '@tidegate/protocol'
import { formatDuration, parseDuration } from './durations.ts'

/** More time as it stands in the form; an empty field stays as it is. */
export interface ExtensionDraft {
  readonly expiry: string
  readonly window: string
}

/** What is live now: until its end, and the window of its plan, or null where nobody approved one. Milliseconds. */
export interface LiveTimes {
  readonly expiresInMs: number
  readonly windowMs: number | null
}

export type Extension = Pick<Extend, 'expiresInMs' | 'windowMs'>

export type ExtensionReading =
  | { readonly kind: 'extension'; readonly extension: Extension }
  | { readonly kind: 'empty' }
  | { readonly kind: 'errors'; readonly errors: Partial<Record<keyof ExtensionDraft, string>> }

/** @returns what to ask for, or what is wrong with which field: a time that is not longer than what is there is asked of nobody */
export function readExtension(draft: ExtensionDraft, live: LiveTimes): ExtensionReading {
  const errors: { -readonly [Field in keyof ExtensionDraft]?: string } = {}
  const longer = (field: keyof ExtensionDraft, isMs: number) => {
    const text = draft[field].trim()
    if (text === '') return undefined
    const askedMs = parseDuration(text)
    if (askedMs === null) errors[field] = 'Write a length of time, as in 8 h or 10 d'
    else if (askedMs <= isMs) errors[field] = `Longer than ${formatDuration(isMs)}`
    return askedMs ?? undefined
  }
  const expiresInMs = longer('expiry', live.expiresInMs)
  const windowMs = live.windowMs === null ? undefined : longer('window', live.windowMs)
  if (Object.keys(errors).length > 0) return { kind: 'errors', errors }
  if (expiresInMs === undefined && windowMs === undefined) return { kind: 'empty' }
  return {
    kind: 'extension',
    extension: { ...(expiresInMs !== undefined && { expiresInMs }), ...(windowMs !== undefined && { windowMs }) },
  }
}

/** @returns what an extension does to clients, as sentences */
export function describeExtension({ expiresInMs, windowMs }: Extension, live: LiveTimes): string {
  const sentences = []
  if (windowMs !== undefined) {
    const laterMs = windowMs - (live.windowMs ?? 0)
    sentences.push(
      `Turns that are still ahead move later, by ${formatDuration(laterMs)} at most; none comes earlier. Whoever is fetching goes on.`,
    )
  }
  if (expiresInMs !== undefined) {
    const laterMs = expiresInMs - live.expiresInMs
    sentences.push(`Clients that come back up to ${formatDuration(laterMs)} later still hear of it.`)
  }
  return sentences.join(' ')
}
