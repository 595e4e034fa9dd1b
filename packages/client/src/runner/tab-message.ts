import { ClientMode, CollectionName } from '@tidegate/protocol'
import { z } from 'zod'
import type { Progress, ProgressResult } from '../core/progress.ts'
import { Outcome, ToldProgress } from './told-progress.ts'

/** What a person can ask of a client, in whichever tab. */
export const COMMANDS = ['pauseAsked', 'resumeAsked', 'cancelAsked', 'reconsiderAsked'] as const
export type Command = (typeof COMMANDS)[number]

/** What tabs tell each other: the working one how it stands, the others what they saw and what was asked of them. */
export type TabMessage =
  | { readonly kind: 'hello' }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'tag'; readonly tag: string | null }
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'mode'; readonly mode: ClientMode }
  | { readonly kind: 'prioritise'; readonly ids: readonly string[] }
  | { readonly kind: 'first-load'; readonly collections: readonly CollectionName[] }
  | FirstLoadEnd

/** From the working tab: a first load of these collections came to this end. */
export interface FirstLoadEnd {
  readonly kind: 'first-load-ended'
  readonly collections: readonly CollectionName[]
  readonly outcome: ProgressResult['outcome']
}

const FirstLoadEndMessage: z.ZodType<FirstLoadEnd> = z.object({
  kind: z.literal('first-load-ended'),
  collections: CollectionName.array(),
  outcome: Outcome,
})

/** @returns the message, or null for what a tab of another release may say */
export function readTabMessage(message: unknown): TabMessage | null {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return null
  switch (message.kind) {
    case 'hello':
      return { kind: 'hello' }
    case 'tag':
      return 'tag' in message && (message.tag === null || typeof message.tag === 'string')
        ? { kind: 'tag', tag: message.tag }
        : null
    case 'command': {
      const command = COMMANDS.find((known) => 'command' in message && message.command === known)
      return command === undefined ? null : { kind: 'command', command }
    }
    case 'mode': {
      const parsed = ClientMode.safeParse('mode' in message ? message.mode : null)
      return parsed.success ? { kind: 'mode', mode: parsed.data } : null
    }
    case 'prioritise':
      return 'ids' in message && isTexts(message.ids) ? { kind: 'prioritise', ids: message.ids } : null
    case 'first-load': {
      const parsed = CollectionName.array().safeParse('collections' in message ? message.collections : null)
      return parsed.success ? { kind: 'first-load', collections: parsed.data } : null
    }
    case 'first-load-ended':
      return FirstLoadEndMessage.safeParse(message).data ?? null
    case 'progress': {
      const parsed = ToldProgress.safeParse('progress' in message ? message.progress : null)
      return parsed.success ? { kind: 'progress', progress: parsed.data } : null
    }
    default:
      return null
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}
