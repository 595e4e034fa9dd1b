import { randomUUID } from 'node:crypto'
import {
  AccountId,
  Actor,
  Cause,
  ClientIdentity,
  type GuardApi,
  type InForceAnswer,
  InForceAnswer as InForceAnswerSchema,
  type LeaseGrant,
  Nonce,
  PROTOCOL_VERSION,
  Proposal,
  ResourceId,
  type Role,
  type SignalId,
} from '@tidegate/protocol'
import { PretendClock } from '@tidegate/protocol/testing'
import { openLedger } from '../../ledger/open-ledger.ts'
import { openMemoryPglite } from '../../testing/memory-pglite.ts'
import { createGuard, type Guard } from '../create-guard.ts'
import type { LogEntry } from '../guard-log.ts'
import type { GuardOptions } from '../guard-options.ts'
import { BreakableLedger } from './breakable-ledger.ts'
import { MemorySource } from './memory-source.ts'

export const CAPACITY = 1_000_000
export const ann = AccountId.parse('ann')
export const ben = AccountId.parse('ben')
export const phone = ClientIdentity.parse({ clientId: 'phone-1', clientClass: 'mobile', appVersion: '5.0.38' })
const causeId = 'labels-2023-07'
const everyRole: readonly Role[] = ['emitter', 'author', 'approver', 'operator', 'viewer']
const START_WALL_MS = 1_700_000_000_000

interface SceneOptions extends Partial<GuardOptions> {
  readonly itemCount?: number
  readonly payloadBytes?: number
}

/** A guard on a real ledger in PGlite, its clock in the test's hand, and the few moves that most tests make. */
export class GuardScene implements AsyncDisposable {
  readonly guard: Guard
  readonly clock: PretendClock
  readonly line: BreakableLedger
  readonly source: MemorySource
  readonly logged: LogEntry[]
  readonly staff: GuardApi
  readonly #options: GuardOptions
  readonly #close: () => Promise<void>

  private constructor(
    guard: Guard,
    parts: Pick<GuardScene, 'clock' | 'line' | 'source' | 'logged'> & {
      options: GuardOptions
      close: () => Promise<void>
    },
  ) {
    this.guard = guard
    this.clock = parts.clock
    this.line = parts.line
    this.source = parts.source
    this.logged = parts.logged
    this.#options = parts.options
    this.#close = parts.close
    this.staff = guard.api({ kind: 'staff', actor: Actor.parse('olga'), roles: everyRole })
  }

  static async open({ itemCount = 100, payloadBytes = 1_000, ...more }: SceneOptions = {}): Promise<GuardScene> {
    const database = await openMemoryPglite('ledger-tables')
    const resources = {
      resources: [{ resourceId: ResourceId.parse('shard-1'), capacityBytesPerSecond: CAPACITY }],
      resourceOf: () => ResourceId.parse('shard-1'),
    }
    const clock = new PretendClock(5_000)
    // Windows are what a test says they are, however much there is to fetch.
    const settings = { longestUnspreadWorkMs: Number.MAX_SAFE_INTEGER }
    const line = new BreakableLedger(await openLedger({ database, resources, settings, newId: randomUUID }))
    const source = new MemorySource(itemCount, payloadBytes)
    const logged: LogEntry[] = []
    const options = {
      ledger: line.ledger,
      source,
      resources,
      clock,
      wallNowMs: () => START_WALL_MS + clock.nowMs(),
      log: (entry: LogEntry) => logged.push(entry),
      ...more,
    }
    const guard = await createGuard(options)
    return new GuardScene(guard, { clock, line, source, logged, options, close: () => database.close() })
  }

  /** Another node over the same ledger, as after a restart. */
  restarted(more: Partial<GuardOptions> = {}): Promise<Guard> {
    return createGuard({ ...this.#options, ...more })
  }

  client(accountId: AccountId): GuardApi {
    return this.guard.api({ kind: 'client', accountId })
  }

  /** Proposes for some accounts, judged and known. Their clients were seen before, so up to twenty are within the credit and in force at once. */
  async propose(accountIds: readonly AccountId[]): Promise<SignalId> {
    for (const accountId of accountIds) await this.inForce(accountId)
    await this.guard.refresh()
    return this.proposeUnseen(accountIds)
  }

  /** Proposes for accounts of which the registry may know nothing. */
  async proposeUnseen(accountIds: readonly AccountId[]): Promise<SignalId> {
    const cause = { causeId, kind: 'migration', title: 'Rename labels', owner: 'mail-team' }
    await this.staff.registerCause(Cause.parse(cause))
    const { signalId } = await this.staff.propose(
      Proposal.parse({
        protocol: PROTOCOL_VERSION,
        idempotencyKey: randomUUID(),
        causeId,
        scope: { kind: 'collections', collections: [{ collection: 'messages' }] },
        audience: { accounts: { kind: 'named', accountIds } },
        reason: 'labels were renamed',
        expiresInMs: 86_400_000,
      }),
    )
    await this.guard.refresh()
    return signalId
  }

  async inForce(accountId: AccountId, client = phone): Promise<InForceAnswer> {
    const nonce = Nonce.parse('0123456789abcdef')
    const request = { protocol: PROTOCOL_VERSION, accountId, client, nonce, cachedBytes: 0 }
    const { payload } = await this.client(accountId).inForce(request)
    return InForceAnswerSchema.parse(JSON.parse(payload))
  }

  requestLease(accountId: AccountId, signalId: SignalId | null, wantBytes = 100_000): Promise<LeaseGrant> {
    const purpose = signalId ? { kind: 'signal' as const, signalId, version: 1 } : { kind: 'first-load' as const }
    return this.client(accountId).requestLease({ protocol: PROTOCOL_VERSION, client: phone, purpose, wantBytes })
  }

  /** The first items, as a page of a lease or without one. */
  fetch(accountId: AccountId, itemCount: number, leaseId?: LeaseGrant['leaseId']) {
    const ids = this.source.items.slice(0, itemCount).map(({ id }) => id)
    const collection = 'messages' as Parameters<GuardApi['fetch']>[0]['collection'] // a valid name, written here
    return this.client(accountId).fetch({ collection, ids, ...(leaseId && { leaseId }) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.line.line = 'up'
    await this.guard[Symbol.asyncDispose]()
    await this.#close()
  }
}

/** The denial a call ends with, to compare with. */
export async function denialOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return { notDenied: await call }
  } catch (error) {
    if (error instanceof Error && 'denial' in error) return error.denial
    throw error
  }
}
