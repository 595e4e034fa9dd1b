import { Actor, Cause, CauseId, KeyId, ReleasePlan, Revoke, Role, SignalId } from '@tidegate/protocol'
import { InvalidArgumentError } from 'commander'
import type { z } from 'zod'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Reads a length of time as people write it: `90s`, `10m`, `1.5h`, `2d`, `500ms`. A number without a unit is refused:
 * it would be seconds to one reader and milliseconds to the next.
 *
 * @returns milliseconds
 */
export function parseDurationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)$/.exec(text.trim())
  const unitMs = UNITS[match?.[2] ?? '']
  if (!match || unitMs === undefined) {
    throw new InvalidArgumentError(`A length of time such as 90s, 10m or 2h is required, got ${quoted(text)}.`)
  }
  const durationMs = ReleasePlan.shape.windowMs.safeParse(Math.round(Number(match[1]) * unitMs))
  if (!durationMs.success) throw new InvalidArgumentError(`At most 400 days are possible, got ${quoted(text)}.`)
  return durationMs.data
}

/** Like {@link parseDurationMs}, more than nothing. */
export function parsePositiveDurationMs(text: string): number {
  const durationMs = parseDurationMs(text)
  if (durationMs <= 0) throw new InvalidArgumentError(`A time above zero is required, got ${quoted(text)}.`)
  return durationMs
}

/**
 * Reads a moment, `2023-07-25T11:40Z` or `2023-07-25T13:40+02:00`. Without a zone it is refused: it would be another
 * moment on the server than here.
 *
 * @returns milliseconds since 1970
 */
export function parseMomentMs(text: string): number {
  const momentMs = Date.parse(text)
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text) || !(momentMs >= 0)) {
    throw new InvalidArgumentError(`A moment such as 2023-07-25T11:40Z is required, got ${quoted(text)}.`)
  }
  return momentMs
}

/** Reads `1%` or `12.5%`. @returns 0..1 */
export function parseShare(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim())
  const share = Number(match?.[1]) / 100
  if (!match || share > 1) {
    throw new InvalidArgumentError(`A percentage from 0% to 100% is required, got ${quoted(text)}.`)
  }
  return share
}

/** Reads the stages of a release, `1%,10%,50%,100%`: rising, the last one everybody. @returns shares in (0, 1] */
export function parseStages(text: string): number[] {
  const shares = text.split(',').map(parseShare)
  const isRising = shares.every((share, at) => share > (shares[at - 1] ?? 0))
  if (!isRising || shares.at(-1) !== 1) {
    throw new InvalidArgumentError(`Rising percentages that end with 100% are required, got ${quoted(text)}.`)
  }
  if (shares.length > 20) throw new InvalidArgumentError(`At most 20 stages are possible, got ${shares.length}.`)
  return shares
}

const NAME = 'A name of 1 to 128 characters without control characters'

export const parseCauseId = readerOf(CauseId, NAME)
export const parseSignalId = readerOf(SignalId, NAME)
export const parseActor: (text: string) => string = readerOf(Actor, NAME)
export const parseKeyId = readerOf(KeyId, 'A key id of `tidegate keys list`')
export const parseReason = readerOf(Revoke.shape.reason, 'A sentence of 1 to 500 characters')
export const parseTitle = readerOf(Cause.shape.title, 'A title of 1 to 120 characters')

/** Reads what a token may do: `emitter,author`. */
export function parseRoles(text: string): Role[] {
  return text.split(',').map((name) => {
    const role = Role.safeParse(name.trim())
    if (role.success) return role.data
    throw new InvalidArgumentError(`Roles are ${Role.options.join(', ')}, got ${quoted(name)}.`)
  })
}

/** @returns a reader of whole numbers from `least` to `most` */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`A whole number from ${least} to ${most} is required, got ${quoted(text)}.`)
    }
    return value
  }
}

/** Reads a server's address. @returns it without a slash at the end */
export function parseServer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError(`An http:// or https:// address is required, got ${quoted(text)}.`)
  }
  if (url.username || url.password || /[?#]/.test(text)) {
    throw new InvalidArgumentError(
      `An address without a login, a query or a fragment is required, got ${quoted(text)}; --token says who asks.`,
    )
  }
  return text.replace(/\/+$/, '')
}

/** @returns a reader of what the guard's own schema takes; `what` says in words what that is */
function readerOf<Value>(schema: z.ZodType<Value>, what: string): (text: string) => Value {
  return (text) => {
    const read = schema.safeParse(text)
    if (read.success) return read.data
    throw new InvalidArgumentError(`${what} is required, got ${quoted(text)}.`)
  }
}

/** What was given, as JSON spells it; of a long text its beginning and its length. */
function quoted(text: string): string {
  if (text.length <= 80) return JSON.stringify(text)
  return `${JSON.stringify(text.slice(0, 60))} and ${text.length - 60} characters more`
}
