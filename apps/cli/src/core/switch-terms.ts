import { CauseId, ClientClass, LONGEST_SWITCH_MS, ResourceId, ServiceName, SwitchEffect } from '@tidegate/protocol'
import { InvalidArgumentError } from 'commander'
import type { z } from 'zod'
import { durationText } from './figures.ts'
import { parsePositiveDurationMs, parseShare } from './parse-values.ts'

/** What a switch is given as words on the command line: `class=bridge to=10% for=2h`. */
export interface SwitchTerms {
  readonly effect: SwitchEffect
  readonly endsInMs: number
}

/** The kinds of switches that have a command of their own. */
export type SwitchVerb = Exclude<SwitchEffect['kind'], 'ramp'>

/** Which words each verb takes, the required ones first. */
const TERMS = {
  throttle: { required: ['to', 'for'], optional: ['class', 'resource'] },
  pause: { required: ['cause', 'for'], optional: [] },
  shed: { required: ['service', 'for'], optional: [] },
} as const satisfies Record<SwitchVerb, { required: readonly string[]; optional: readonly string[] }>

/** An example of each verb, for whoever got it wrong. */
export const EXAMPLES = {
  throttle: 'class=bridge to=10% for=2h',
  pause: 'cause=labels-2023-07 for=1h',
  shed: 'service=mail for=30m',
} as const satisfies Record<SwitchVerb, string>

/**
 * Reads the words of a switch.
 *
 * @param text what people are told while a service is off
 * @throws InvalidArgumentError that names the word at fault and what was expected
 */
export function readSwitchTerms(verb: SwitchVerb, words: readonly string[], text = ''): SwitchTerms {
  const terms = namedTerms(verb, words)
  const of = <Value>(name: string, read: (value: string) => Value): Value => {
    try {
      return read(terms.get(name) ?? '')
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error
      throw mistake(verb, `${name}: ${error.message}`)
    }
  }
  const endsInMs = of('for', switchTimeMs)
  switch (verb) {
    case 'throttle':
      if (!terms.has('class') && !terms.has('resource')) throw mistake(verb, 'class= or resource= is required.')
      return {
        effect: SwitchEffect.parse({
          kind: verb,
          ...(terms.has('class') && { clientClass: of('class', wordOf(ClientClass)) }),
          ...(terms.has('resource') && { resourceId: of('resource', wordOf(ResourceId)) }),
          toRatio: of('to', shareBelowAll),
        }),
        endsInMs,
      }
    case 'pause':
      return { effect: { kind: verb, causeId: of('cause', wordOf(CauseId)) }, endsInMs }
    case 'shed':
      return { effect: { kind: verb, service: of('service', wordOf(ServiceName)), text }, endsInMs }
  }
}

function namedTerms(verb: SwitchVerb, words: readonly string[]): ReadonlyMap<string, string> {
  const { required, optional } = TERMS[verb]
  const known: readonly string[] = [...required, ...optional]
  const terms = new Map<string, string>()
  for (const word of words) {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(word) ?? []
    if (!known.includes(name)) {
      throw mistake(verb, `It takes ${known.map((each) => `${each}=`).join(', ')}, got ${JSON.stringify(word)}.`)
    }
    if (terms.has(name)) throw mistake(verb, `${name}= was given twice.`)
    terms.set(name, value)
  }
  const missing = required.filter((name) => !terms.has(name))
  if (missing.length > 0) throw mistake(verb, `${missing.map((name) => `${name}=`).join(' and ')} is required.`)
  return terms
}

function switchTimeMs(text: string): number {
  const durationMs = parsePositiveDurationMs(text)
  if (durationMs <= LONGEST_SWITCH_MS) return durationMs
  const longest = durationText(LONGEST_SWITCH_MS)
  throw new InvalidArgumentError(
    `At most ${longest} are possible, got ${JSON.stringify(text)}: what has to hold longer is a setting.`,
  )
}

function shareBelowAll(text: string): number {
  const share = parseShare(text)
  if (share === 1) throw new InvalidArgumentError('100% slows nothing down; less is required.')
  return share
}

/** @returns a reader of what the guard's own schema takes */
function wordOf<Schema extends z.ZodType>(schema: Schema): (text: string) => z.output<Schema> {
  return (text) => {
    const read = schema.safeParse(text)
    if (read.success) return read.data
    throw new InvalidArgumentError(`${JSON.stringify(text)} ${read.error.issues[0]?.message ?? 'cannot be one'}.`)
  }
}

function mistake(verb: SwitchVerb, what: string): InvalidArgumentError {
  return new InvalidArgumentError(`Cannot ${verb}: ${what} As in: tidegate ${verb} ${EXAMPLES[verb]}`)
}
