import {
  CauseId,
  ClientClass,
  describeSwitch,
  LONGEST_SWITCH_MS,
  ResourceId,
  ServiceName,
  type SetSwitch,
  SwitchEffect,
} from '@tidegate/protocol'
import { formatDuration, parseDuration } from './durations.ts'

/** The switches that the page sets. */
export const SWITCH_KINDS = ['throttle', 'pause', 'shed'] as const
export type SwitchKind = (typeof SWITCH_KINDS)[number]

/** A switch as it stands in the form; what its kind does not need is kept, for whoever picks another and comes back. */
export interface SwitchDraft {
  readonly kind: SwitchKind
  readonly clientClass: string
  /** Empty: each resource. */
  readonly resource: string
  readonly to: string
  readonly cause: string
  readonly service: string
  readonly text: string
  readonly lasts: string
}

export const EMPTY_DRAFT: SwitchDraft = {
  kind: 'throttle',
  clientClass: '',
  resource: '',
  to: '10 %',
  cause: '',
  service: '',
  text: '',
  lasts: '1 h',
}

export type SwitchField = Exclude<keyof SwitchDraft, 'kind'>

/** `missing` while a field that is needed is empty: nothing is wrong yet. */
export type SwitchReading =
  | { readonly kind: 'setting'; readonly setting: Omit<SetSwitch, 'reason'> }
  | { readonly kind: 'missing' }
  | { readonly kind: 'errors'; readonly errors: Partial<Record<SwitchField, string>> }

/** @returns the switch, or what is wrong with which field */
export function readSwitch(draft: SwitchDraft): SwitchReading {
  const errors: { -readonly [Field in SwitchField]?: string } = {}
  let isMissing = false
  const field = <Value>(name: SwitchField, read: (text: string) => Value | null, wrong: string): Value | undefined => {
    const text = draft[name].trim()
    const value = text === '' ? undefined : read(text)
    if (value === undefined) isMissing = true
    if (value === null) errors[name] = wrong
    return value ?? undefined
  }
  const endsInMs = field('lasts', lengthOf, `A length of time, as in 2 h; at most ${formatDuration(LONGEST_SWITCH_MS)}`)
  const effect = effectOf(draft, field)
  if (Object.keys(errors).length > 0) return { kind: 'errors', errors }
  const read = SwitchEffect.safeParse(effect)
  if (isMissing || endsInMs === undefined || !read.success) return { kind: 'missing' }
  return { kind: 'setting', setting: { effect: read.data, endsInMs } }
}

/** @returns what a switch does and for how long, as a sentence */
export function describeSetting({ effect, endsInMs }: Omit<SetSwitch, 'reason'>): string {
  const sentence = describeSwitch(effect)
  return `For ${formatDuration(endsInMs)}: ${sentence}. It ends by itself.`
}

type Field = <Value>(name: SwitchField, read: (text: string) => Value | null, wrong: string) => Value | undefined

const A_WORD = 'A lower-case word'

function effectOf(draft: SwitchDraft, field: Field): object {
  const { kind } = draft
  switch (kind) {
    case 'throttle': {
      const resourceId =
        draft.resource === '' ? undefined : field('resource', (text) => known(ResourceId, text), 'No such resource')
      return {
        kind,
        clientClass: field('clientClass', (text) => known(ClientClass, text), A_WORD),
        ...(resourceId !== undefined && { resourceId }),
        toRatio: field('to', ratioOf, 'From 0 % to below 100 %'),
      }
    }
    case 'pause':
      return { kind, causeId: field('cause', (text) => known(CauseId, text), 'No such cause') }
    case 'shed':
      return {
        kind,
        service: field('service', (text) => known(ServiceName, text), A_WORD),
        text: field('text', (text) => text, 'A sentence'),
      }
  }
}

function known<Value>(
  schema: { safeParse(text: string): { readonly success: boolean; readonly data?: Value | undefined } },
  text: string,
): Value | null {
  return schema.safeParse(text).data ?? null
}

function ratioOf(text: string): number | null {
  const [, percent] = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text) ?? []
  const ratio = percent === undefined ? 1 : Number(percent) / 100
  return ratio < 1 ? ratio : null
}

function lengthOf(text: string): number | null {
  const lengthMs = parseDuration(text)
  return lengthMs !== null && lengthMs > 0 && lengthMs <= LONGEST_SWITCH_MS ? lengthMs : null
}
