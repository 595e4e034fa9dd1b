import * as ed25519 from '@noble/ed25519'
import {
  type ChangesSinceAnswer,
  type ClientApi,
  type ClientMode,
  type CollectionDigest,
  Denied,
  type DigestScheme,
  digestOf,
  EMPTY_DIGEST,
  type Endorsements,
  type FetchAnswer,
  type InForceAnswer,
  type Item,
  type ItemHead,
  Item as ItemSchema,
  type KeyId,
  LeaseGrant,
  MAX_TOLD_SIGNALS,
  type OrdinalRange,
  PROTOCOL_VERSION,
  type Report,
  Signal,
  type SignedInForceAnswer,
  signedBytes,
} from '@tidegate/protocol'
import { type ModelKey, modelKey, signedBy } from './model-keys.ts'

export const GUARD_KEY = modelKey(1)

interface Collection {
  readonly items: Map<string, Item>
  readonly deleted: Map<string, { ordinal: number; seq: number }>
  readonly seqOf: Map<string, number>
  seq: number
  oldestSeq: number
}

/** An honest guard and mailbox in memory: what a client meets, signed with a real key, and counted. */
export class ModelServer {
  readonly collections = new Map<string, Collection>()
  scheme: DigestScheme = { algorithm: 'sha256-xor-128', saltId: 's1', salt: 'sea' }
  signals: Signal[] = []
  clientMode: ClientMode = 'enforce'
  /** False for a guard of before `completedSignals`. */
  leavesOut = true
  validForMs = 10_000
  grant = { bytesPerSecond: 1_000_000, termMs: 10_000, pageBytes: 4_000, concurrency: 2 }
  /** Called before each answer: what a test lets happen between two exchanges. */
  onCall: (name: keyof ClientApi, request: unknown) => void | Promise<void> = () => {}
  /** What a liar in between makes of an answer. */
  tamper: (answer: InForceAnswer, signed: SignedInForceAnswer) => SignedInForceAnswer = (_answer, signed) => signed
  /** The key that signs, what it says of those before it, and what is told of keys. */
  key: ModelKey = GUARD_KEY
  oldestKeyId: KeyId | undefined = undefined
  told: Endorsements = { endorsements: [], revocations: [] }
  readonly calls: { readonly name: keyof ClientApi; readonly request: unknown; readonly atMs: number }[] = []
  readonly reports: Report[] = []
  readonly fetchedIds: string[] = []
  fetchedBytes = 0
  leaseCount = 0
  readonly #openLeases = new Set<string>()
  readonly #nowMs: () => number

  constructor(collections: readonly string[], nowMs: () => number = () => 0) {
    this.#nowMs = nowMs
    for (const name of collections)
      this.collections.set(name, { items: new Map(), deleted: new Map(), seqOf: new Map(), seq: 0, oldestSeq: 0 })
  }

  put(
    collection: string,
    id: string,
    fields: { ordinal: number; text: string; bytes?: number; revision?: number },
  ): Item {
    const into = this.#of(collection)
    const revision = fields.revision ?? (into.items.get(id)?.revision ?? 0) + 1
    const item = ItemSchema.parse({
      id,
      ordinal: fields.ordinal,
      revision,
      contentHash: `h:${fields.text}`,
      payloadBytes: fields.bytes ?? 100,
      payload: { text: fields.text },
    })
    into.seq += 1
    into.items.set(id, item)
    into.seqOf.set(id, into.seq)
    into.deleted.delete(id)
    return item
  }

  delete(collection: string, id: string): void {
    const from = this.#of(collection)
    const item = from.items.get(id)
    if (item === undefined) return
    from.seq += 1
    from.items.delete(id)
    from.deleted.set(id, { ordinal: item.ordinal, seq: from.seq })
  }

  truth(collection: string): Map<string, Item> {
    return this.#of(collection).items
  }

  /** The tag of what is in force: other signals, versions or modes give another one. */
  get tag(): string | null {
    if (this.signals.length === 0) return null
    return [...ed25519.hash(new TextEncoder().encode(JSON.stringify(this.signals.map((s) => [s.signalId, s.version]))))]
      .slice(0, 12)
      .map((byte) => 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_'[byte % 64])
      .join('')
      .padEnd(16, 'x')
  }

  readonly api: ClientApi = {
    inForce: (request) =>
      this.#serve('inForce', request, () => {
        const answer = {
          protocol: PROTOCOL_VERSION,
          epoch: 'e1',
          serverNowMs: 1,
          validForMs: this.validForMs,
          clientMode: this.clientMode,
          stateTag: this.tag,
          signals: this.#told(request.completedSignals ?? []),
          digests: [...this.collections.keys()].map((name) => this.#digest(name)),
          ...(this.oldestKeyId && { oldestKeyId: this.oldestKeyId }),
        } as InForceAnswer // brands are for those who parse; the client does
        const payload = JSON.stringify(answer)
        const address = { accountId: request.accountId, clientId: request.client.clientId, nonce: request.nonce }
        const signature = signedBy(this.key, signedBytes(payload, address))
        return this.tamper(answer, { keyId: this.key.keyId, payload, signature })
      }),
    endorsements: (request) => this.#serve('endorsements', request, () => this.told),
    report: (report) =>
      this.#serve('report', report, () => {
        this.reports.push(report)
        return { isNew: true }
      }),
    requestLease: (request) =>
      this.#serve('requestLease', request, () => {
        const { purpose } = request
        if (purpose.kind === 'signal' && !this.signals.some((s) => s.signalId === purpose.signalId))
          throw new Denied({ kind: 'not-in-force', signalId: purpose.signalId })
        const leaseId = `lease-${++this.leaseCount}`
        this.#openLeases.add(leaseId)
        return this.#granted(leaseId, request.wantBytes)
      }),
    renewLease: (renewal) =>
      this.#serve('renewLease', renewal, () => {
        if (!this.#openLeases.has(renewal.leaseId)) throw new Denied({ kind: 'lease-ended' })
        return this.#granted(renewal.leaseId, renewal.wantBytes)
      }),
    endLease: (end) =>
      this.#serve('endLease', end, () => {
        this.#openLeases.delete(end.leaseId)
        return { refundedBytes: 0 }
      }),
    digests: (request) =>
      this.#serve('digests', request, () => ({
        collection: request.collection,
        asOf: this.#of(request.collection).seq,
        scheme: this.scheme,
        digests: request.ranges.map((range) =>
          digestOf(this.scheme, request.collection, this.#heads(request.collection, range)),
        ),
      })),
    list: (request) =>
      this.#serve('list', request, () => {
        const all = this.#heads(request.collection, request.range)
        return {
          collection: request.collection,
          asOf: this.#of(request.collection).seq,
          heads: all.slice(0, request.limit),
          nextOrdinal: all[request.limit]?.ordinal ?? null,
        }
      }),
    fetch: (request) =>
      this.#serve('fetch', request, (): FetchAnswer => {
        if (request.leaseId === undefined && request.ids.length > 50)
          throw new Denied({ kind: 'lease-required', message: 'too many' })
        if (request.leaseId !== undefined && !this.#openLeases.has(request.leaseId))
          throw new Denied({ kind: 'lease-ended' })
        const { items } = this.#of(request.collection)
        const found = request.ids.flatMap((id) => items.get(id) ?? [])
        this.fetchedIds.push(...found.map(({ id }) => id))
        this.fetchedBytes += found.reduce((sum, item) => sum + item.payloadBytes, 0)
        return {
          collection: request.collection,
          asOf: this.#of(request.collection).seq,
          items: found,
          missing: request.ids.filter((id) => !items.has(id)),
          deferred: [],
        }
      }),
    changesSince: (request) =>
      this.#serve('changesSince', request, (): ChangesSinceAnswer => {
        const { seq, oldestSeq, items, seqOf, deleted } = this.#of(request.collection)
        const { collection, sinceSeq } = request
        if (sinceSeq < oldestSeq || sinceSeq > seq)
          return { kind: 'unknown-position', collection, asOf: seq, oldestSeq }
        const upserts = [...items.values()].filter(({ id }) => (seqOf.get(id) ?? 0) > sinceSeq).map(headOf)
        const gone = [...deleted].filter(([, at]) => at.seq > sinceSeq).map(([id, { ordinal }]) => ({ id, ordinal }))
        return {
          kind: 'changes',
          collection,
          fromSeq: sinceSeq,
          toSeq: seq,
          asOf: seq,
          upserts,
          deletes: gone as never,
          digest: this.#digest(collection),
        } // ids were parsed with their items
      }),
  }

  async #serve<Request, Answer>(name: keyof ClientApi, request: Request, answer: () => Answer): Promise<Answer> {
    this.calls.push({ name, request, atMs: this.#nowMs() })
    await this.onCall(name, request)
    return structuredClone(answer())
  }

  /** The newest come first; what was completed makes room for older ones, unless the guard is too old for that. */
  #told(completed: readonly { readonly signalId: string; readonly version: number }[]): Signal[] {
    const isLeftOut = (signal: Signal) =>
      this.leavesOut && completed.some((each) => each.signalId === signal.signalId && each.version === signal.version)
    return this.signals.filter((signal) => !isLeftOut(signal)).slice(0, MAX_TOLD_SIGNALS)
  }

  #of(collection: string): Collection {
    const found = this.collections.get(collection)
    if (found === undefined) throw new Denied({ kind: 'not-found', what: collection })
    return found
  }

  #heads(collection: string, range: OrdinalRange): ItemHead[] {
    return [...this.truth(collection).values()]
      .map(headOf)
      .filter(({ ordinal }) => ordinal >= range.fromOrdinal && ordinal < range.toOrdinal)
      .sort((left, right) => left.ordinal - right.ordinal)
  }

  #digest(collection: string): CollectionDigest {
    const { items, seq } = this.#of(collection)
    const whole = items.size === 0 ? EMPTY_DIGEST : digestOf(this.scheme, collection, items.values())
    return {
      ...whole,
      collection,
      asOf: seq,
      algorithm: this.scheme.algorithm,
      saltId: this.scheme.saltId,
    } as CollectionDigest // the name is a key of the map
  }

  #granted(leaseId: string, budgetBytes: number): LeaseGrant {
    return LeaseGrant.parse({ leaseId, resourceId: 'shard-1', budgetBytes, ...this.grant })
  }
}

/** A signal over everything, in force at once, unless overridden. */
export function aSignal(overrides: Partial<Record<keyof Signal, unknown>> = {}): Signal {
  return Signal.parse({
    signalId: 'signal-1',
    version: 1,
    action: 'verify',
    scope: { kind: 'account' },
    cause: { causeId: 'july', kind: 'migration', title: 'July migration' },
    reason: 'new columns',
    resourceId: 'shard-1',
    notBeforeInMs: 0,
    expiresInMs: 86_400_000,
    ...overrides,
  })
}

function headOf({ payload: _payload, ...head }: Item): ItemHead {
  return head
}
