import { notBeforeInMs, position } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { approvedSignal, ModelEgress, type ModelPage } from './testing/model-egress.ts'

const WINDOW_MS = 100
const CLIENTS = [
  { accountId: 'ann', clientId: 'ann-phone' },
  { accountId: 'ann', clientId: 'ann-laptop' },
  { accountId: 'ben', clientId: 'ben-phone' },
]

/** An old client: takes what arrives, remembers only its cursor. */
class OldClient {
  readonly who: { accountId: string; clientId: string }
  cursor = '0'
  readonly mails: number[] = []
  readonly flags: string[] = []
  /** Flags that came with a cursor which it then presented. */
  readonly acknowledged = new Set<string>()

  constructor(who: { accountId: string; clientId: string }) {
    this.who = who
  }

  receive(page: ModelPage): void {
    this.cursor = page.next
    this.flags.push(...page.flags)
    for (const { at } of page.events) this.mails.push(at)
  }
}

type Step =
  | { readonly kind: 'poll'; readonly client: number; readonly isLost: boolean }
  | { readonly kind: 'mail' | 'flag' | 'approve' | 'revoke' | 'cut-off' | 'back' | 'ledger-fails' | 'ledger-works' }
  | { readonly kind: 'wait'; readonly ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('poll' as const), client: fc.nat(2), isLost: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('mail', 'flag', 'approve', 'revoke', 'cut-off', 'back', 'ledger-fails', 'ledger-works'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(WINDOW_MS) }) },
)

test('J11: no raw flag leaves, none leaves before its turn or after it was acknowledged, and nothing is lost on the way', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const egress = new ModelEgress()
      const clients = CLIENTS.map((who) => new OldClient(who))
      let nowMs = 0
      for (const each of steps) {
        if (each.kind === 'wait') nowMs += each.ms
        else if (each.kind === 'poll') poll(egress, clients[each.client] ?? fail(), nowMs, each.isLost)
        else doStep(egress, each.kind, nowMs)
      }
      egress.isLedgerUp = true
      egress.standing = 'enforce'
      for (let round = 0; round < 3; round++) {
        nowMs += WINDOW_MS
        for (const client of clients) poll(egress, client, nowMs, false)
      }
      const mails = egress.events.filter(({ isFlag }) => !isFlag).map(({ at }) => at)
      for (const client of clients) {
        expect(client.mails).toEqual(mails)
        expect([...client.flags].sort()).toEqual([...new Set(client.flags)].sort())
        for (const { signalId, state } of egress.signals)
          if (state === 'released') expect(client.flags).toContain(signalId)
      }
    }),
    { numRuns: 500 },
  )
})

/** One poll, held to all that must be so of a page; a lost one changes nothing at the client. */
function poll(egress: ModelEgress, client: OldClient, nowMs: number, isLost: boolean): void {
  const page = egress.poll(client.who, client.cursor, nowMs)
  for (const signalId of client.flags) client.acknowledged.add(signalId)
  expect(page.events.filter(({ isFlag }) => isFlag)).toEqual([])
  for (const signalId of page.flags) {
    expect(client.acknowledged).not.toContain(signalId)
    const signal = egress.signals.find((each) => each.signalId === signalId)
    expect(signal?.state).toBe('released')
    const startedAgoMs = nowMs - (signal?.release?.stageStartsAtMs[0] ?? Number.POSITIVE_INFINITY)
    const place = position(signalId, client.who.clientId)
    expect(notBeforeInMs({ position: place, windowMs: WINDOW_MS, startedAgoMs })).toBe(0)
  }
  // A cursor that is past a flag means that the flag is in the ledger, or that a signal let out to the account says it.
  const flag = egress.events.find(({ isFlag }) => isFlag)
  if (flag && Number.parseInt(page.next, 10) >= flag.at && egress.signals.length === 0)
    expect(egress.recordedAccounts).toContain(client.who.accountId)
  if (!isLost) client.receive(page)
}

function doStep(egress: ModelEgress, kind: Exclude<Step['kind'], 'poll' | 'wait'>, nowMs: number): void {
  const at = (egress.events.at(-1)?.at ?? 0) + 1
  if (kind === 'mail') egress.events.push({ at, isFlag: false })
  if (kind === 'flag') egress.events.push({ at, isFlag: true })
  if (kind === 'approve') {
    const signal = approvedSignal(`signal-${egress.signals.length}`, { startedAtMs: nowMs, windowMs: WINDOW_MS })
    egress.signals = [...egress.signals, signal]
  }
  if (kind === 'revoke') egress.signals = egress.signals.map((signal) => ({ ...signal, state: 'revoked' }))
  if (kind === 'cut-off') egress.standing = 'cut-off'
  if (kind === 'back') egress.standing = 'enforce'
  if (kind === 'ledger-fails') egress.isLedgerUp = false
  if (kind === 'ledger-works') egress.isLedgerUp = true
}

function fail(): never {
  throw new Error('no such client')
}
