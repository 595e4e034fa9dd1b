import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aStoredEvent, EVENT_VECTORS } from '../testing/event-vectors.ts'
import { ChainCheck } from './chain-check.ts'
import { CHAIN_START, type ChainedEvent, type ChainHead, chainEvents, eventText } from './event-chain.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

test.each(EVENT_VECTORS)(
  'the hash of $what is what the vectors say',
  ({ event, previousSha256, text, eventSha256 }) => {
    expect(eventText(previousSha256, event)).toBe(text)
    expect(sha256(text)).toBe(eventSha256)
  },
)

test('no two events have the same text, wherever their fields end', () => {
  const field = fc.string({ unit: fc.constantFrom('a', ',', ':', '-', '1', 'é', '📬'), maxLength: 4 })
  const fields = fc.record({ actor: field, kind: field, reason: fc.option(field), evidenceText: field })
  const name = fc.constantFrom('actor', 'kind', 'reason', 'evidenceText')
  const textOf = (of: object) => eventText('', aStoredEvent(of))
  fc.assert(
    fc.property(fields, name, field, (one, changed, value) => {
      const other = { ...one, [changed]: value }
      expect(textOf(one) === textOf(other)).toBe(one[changed] === value)
      const moved = { ...one, actor: one.actor.slice(0, -1), kind: one.actor.slice(-1) + one.kind }
      expect(textOf(one) === textOf(moved)).toBe(one.actor === '')
      expect(textOf({ ...one, reason: null })).not.toBe(textOf({ ...one, reason: '' }))
    }),
  )
})

/** What a database holds, and what its ledger says of it. */
interface Kept {
  readonly events: readonly ChainedEvent[]
  readonly head: ChainHead
}

function written(reasons: readonly string[]): Kept {
  const { head, events } = chainEvents(
    CHAIN_START,
    reasons.map((reason) => aStoredEvent({ reason })),
    sha256,
  )
  return { events, head }
}

function breaksOf({ events, head }: Kept, expected?: ChainHead) {
  const check = new ChainCheck({ sha256, startsAfter: 0, expected })
  for (const event of events.filter(({ eventNo }) => eventNo <= head.eventNo)) check.read(event)
  return check.finish({ head, prunedEventNo: 0, lastEventNo: events.at(-1)?.eventNo ?? 0 }).breaks
}

const histories = fc.array(fc.string({ maxLength: 3 }), { minLength: 1, maxLength: 12 }).map(written)
/** A number below the length of a history, drawn before its length is known. */
const places = fc.nat({ max: 11 })

test('G7: a history nobody touched has no break, and every head it ever had is part of it', () => {
  fc.assert(
    fc.property(histories, places, (kept, place) => {
      const { eventNo, eventSha256 } = at(kept, place)
      expect(breaksOf(kept)).toEqual([])
      expect(breaksOf(kept, { eventNo, sha256: eventSha256 })).toEqual([])
    }),
  )
})

const at = ({ events }: Kept, place: number): ChainedEvent => events[place % events.length] ?? expect.fail('no event')

/** Each way to tamper with what is kept, its author without or with the skill to compute hashes anew. */
const TAMPERINGS: Record<string, (kept: Kept, place: number) => Kept | null> = {
  'an event is deleted': (kept, place) => ({
    ...kept,
    events: kept.events.filter((event) => event !== at(kept, place)),
  }),
  'an event is changed': (kept, place) => replaced(kept, place, (event) => ({ ...event, reason: `${event.reason}!` })),
  'the time of an event is changed': (kept, place) =>
    replaced(kept, place, (event) => ({ ...event, atMs: event.atMs - 1 })),
  'an event is changed, and its hash with it': (kept, place) =>
    replaced(kept, place, (event) => rehashed({ ...event, actor: 'nobody' })),
  'two events change places': (kept, place) => {
    const other = kept.events[(place % kept.events.length) + 1]
    const one = at(kept, place)
    if (!other || one.reason === other.reason) return null
    return replaced(
      replaced(kept, place, (event) => ({ ...event, reason: other.reason })),
      place + 1,
      (event) => ({ ...event, reason: one.reason }),
    )
  },
  'an event is inserted, and those behind it are numbered anew': (kept, place) => {
    const index = place % kept.events.length
    const before = kept.events.slice(0, index)
    const behind = kept.events.slice(index).map((event) => ({ ...event, eventNo: event.eventNo + 1 }))
    const inserted = rehashed({ ...at(kept, place), actor: 'nobody' })
    return { events: [...before, inserted, ...behind], head: { ...kept.head, eventNo: kept.head.eventNo + 1 } }
  },
  'the end is cut off': (kept, place) => ({ ...kept, events: kept.events.slice(0, place % kept.events.length) }),
  'an event is added behind the end': (kept) => {
    const { events } = chainEvents(kept.head, [aStoredEvent({ actor: 'nobody' })], sha256)
    return { ...kept, events: [...kept.events, ...events] }
  },
}

test.each(Object.entries(TAMPERINGS))('G7: %s, and it is found', (_what, tamper) => {
  fc.assert(
    fc.property(histories, places, (kept, place) => {
      const tampered = tamper(kept, place)
      fc.pre(tampered !== null)
      expect(tampered && breaksOf(tampered)).not.toEqual([])
    }),
  )
})

test('G7: a history written anew from some event on, head included, is found by a head that was known before', () => {
  fc.assert(
    fc.property(histories, places, (kept, place) => {
      const index = place % kept.events.length
      const reasons = kept.events.map(({ reason }, number) => (number >= index ? `${reason}!` : `${reason}`))
      const anew = written(reasons)
      expect(breaksOf(anew)).toEqual([])
      expect(breaksOf(anew, kept.head)).toMatchObject([{ kind: 'unexpected-head', eventNo: kept.head.eventNo }])
      const shorter = written(reasons.slice(0, index))
      expect(breaksOf(shorter, kept.head)).toMatchObject([{ kind: 'unexpected-head' }])
    }),
  )
})

test('a break that was accepted stays told, and another one is not accepted with it', () => {
  const kept = written(['a', 'b', 'c', 'd'])
  const changed = replaced(kept, 1, (event) => ({ ...event, reason: 'x' }))
  const [found] = breaksOf(changed)
  if (!found) throw new Error('the change was not found')
  const evidenceText = JSON.stringify({ breaks: [{ eventNo: found.eventNo, message: found.message }] })
  const acceptance = aStoredEvent({ kind: 'chain-break-accepted', actor: 'olga', reason: 'known', evidenceText })
  const { head, events } = chainEvents(kept.head, [acceptance], sha256)
  const accepted = { head, events: [...changed.events, ...events] }
  expect(breaksOf(accepted)).toEqual([{ ...found, accepted: { by: 'olga', because: 'known' } }])
  expect(breaksOf(replaced(accepted, 1, (event) => ({ ...event, reason: 'y' })))).toMatchObject([{ accepted: null }])
})

function replaced(kept: Kept, place: number, change: (event: ChainedEvent) => ChainedEvent): Kept {
  const index = place % kept.events.length
  return { ...kept, events: kept.events.map((event, number) => (number === index ? change(event) : event)) }
}

function rehashed(event: ChainedEvent): ChainedEvent {
  return { ...event, eventSha256: sha256(eventText(event.previousSha256, event)) }
}
