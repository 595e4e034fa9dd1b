import { ExpiryWheel } from './expiry-wheel.ts'
import type { Lease, LeaseAsk } from './lease.ts'
import type { Booking } from './service-lanes.ts'

export type Who = Pick<LeaseAsk, 'accountId' | 'client'>

/** When somebody who was sent away is to come back, and is no longer expected. */
export interface Return {
  readonly dueAtMs: number
  readonly untilMs: number
  readonly booking: Booking
  /** How often it came when it was told to, and found no room. */
  readonly missedCount: number
}

interface Present {
  bytesPerSecond: number
  readonly leases: Map<string, Lease>
  readonly waiting: Map<string, Return>
}

interface Expected {
  readonly accountId: string
  /** Null for an account whose turn is further off. */
  readonly clientId: string | null
  readonly due: Return
}

/** A lease shrinks at its next page, which comes every quarter of a second at the least, or takes as long as its rate says. */
const GIVES_WAY_MS = 1_000
/** Of one account's clients so many are expected back by name; a client that makes names up gains nothing by more. */
const MAX_WAITING_CLIENTS = 16
/** Accounts whose turn is remembered, some 150 MB of them. Later ones are told a time, and asked to wait again when they come. */
const MAX_FAR_ACCOUNTS = 1_000_000

/**
 * Who is at a resource. **Present** are the accounts that fetch, or were told to come back in a moment: among them it is
 * shared. Accounts whose turn is further off are remembered by their time alone.
 *
 * Nothing here walks over a crowd: leases end in the order they were granted in, returns are kept by the second.
 */
export class Crowd {
  readonly #leases = new Map<string, Lease>()
  readonly #present = new Map<string, Present>()
  readonly #far = new Map<string, Return>()
  readonly #returns: ExpiryWheel<Expected>
  #bytesPerSecond = 0
  #owedBytes = 0
  #waitingCount = 0

  constructor(nowMs: number) {
    this.#returns = new ExpiryWheel(nowMs)
  }

  /** Of all leases. */
  get bytesPerSecond(): number {
    return this.#bytesPerSecond
  }

  /** What all leases may still draw before they give way to others. */
  get owedBytes(): number {
    return this.#owedBytes
  }

  get leaseCount(): number {
    return this.#leases.size
  }

  /** Clients, or accounts whose turn is further off. */
  get waitingCount(): number {
    return this.#waitingCount + this.#far.size
  }

  /** Whether there are accounts whose turn is further off. */
  get hasQueue(): boolean {
    return this.#far.size > 0
  }

  get accountCount(): number {
    return this.#present.size
  }

  isPresent(accountId: string): boolean {
    return this.#present.has(accountId)
  }

  /** With this one, whether it is here or not. */
  accountCountWith(accountId: string): number {
    return this.#present.size + (this.#present.has(accountId) ? 0 : 1)
  }

  clientCountWith({ accountId, client }: Who): number {
    const account = this.#present.get(accountId)
    if (!account) return 1
    const isHere = account.leases.has(client.clientId) || account.waiting.has(client.clientId)
    return account.leases.size + account.waiting.size + (isHere ? 0 : 1)
  }

  /** What the account's leases draw, all of them. */
  bytesPerSecondOf(accountId: string): number {
    return this.#present.get(accountId)?.bytesPerSecond ?? 0
  }

  leases(): readonly Lease[] {
    return [...this.#leases.values()]
  }

  leaseById(leaseId: string): Lease | undefined {
    return this.#leases.get(leaseId)
  }

  leaseOf({ accountId, client }: Who): Lease | undefined {
    return this.#present.get(accountId)?.leases.get(client.clientId)
  }

  addLease(lease: Lease): void {
    const account = this.#account(lease.accountId)
    account.leases.set(lease.client.clientId, lease)
    this.#leases.set(lease.leaseId, lease)
    this.#count(account, lease, 1)
  }

  /** Changes what a running lease may draw. */
  adjust(lease: Lease, change: () => void): void {
    const account = this.#account(lease.accountId)
    this.#count(account, lease, -1)
    change()
    this.#count(account, lease, 1)
  }

  /** Changes a lease for another term: it ends last now. */
  renew(lease: Lease, change: () => void): void {
    this.adjust(lease, change)
    this.#leases.delete(lease.leaseId)
    this.#leases.set(lease.leaseId, lease)
  }

  /** After a page. */
  drew(lease: Lease, bytes: number): void {
    const isHere = this.#leases.get(lease.leaseId) === lease
    if (isHere) this.#owedBytes -= owed(lease)
    lease.drawnBytes += bytes
    if (isHere) this.#owedBytes += owed(lease)
  }

  removeLease(lease: Lease): void {
    const account = this.#present.get(lease.accountId)
    if (!account || !this.#leases.delete(lease.leaseId)) return
    account.leases.delete(lease.client.clientId)
    this.#count(account, lease, -1)
    this.#forgetIfGone(lease.accountId, account)
  }

  returnOf({ accountId, client }: Who): Return | undefined {
    return this.#present.get(accountId)?.waiting.get(client.clientId) ?? this.#far.get(accountId)
  }

  /** It is here now. */
  came({ accountId, client }: Who): void {
    this.#far.delete(accountId)
    const account = this.#present.get(accountId)
    if (!account) return
    if (account.waiting.delete(client.clientId)) this.#waitingCount -= 1
    this.#forgetIfGone(accountId, account)
  }

  /** A client that comes back in a moment. */
  expectSoon({ accountId, client: { clientId } }: Who, due: Return): void {
    const account = this.#account(accountId)
    if (account.waiting.size >= MAX_WAITING_CLIENTS) return
    account.waiting.set(clientId, due)
    this.#waitingCount += 1
    this.#returns.add({ accountId, clientId, due }, due.untilMs)
  }

  /** An account whose turn is further off. */
  expectLater(accountId: string, due: Return): void {
    if (this.#far.size >= MAX_FAR_ACCOUNTS) return
    this.#far.set(accountId, due)
    this.#returns.add({ accountId, clientId: null, due }, due.untilMs)
  }

  /** Forgets whose term or time is over. */
  sweep(nowMs: number, on: { readonly ended: (lease: Lease) => void; readonly absent: (due: Return) => void }): void {
    for (const lease of this.#leases.values()) {
      if (lease.endsAtMs > nowMs) break
      this.removeLease(lease)
      on.ended(lease)
    }
    this.#returns.sweep(nowMs, (expected) => {
      if (this.#forget(expected)) on.absent(expected.due)
    })
  }

  #forget({ accountId, clientId, due }: Expected): boolean {
    if (clientId === null) return this.#far.get(accountId) === due && this.#far.delete(accountId)
    const account = this.#present.get(accountId)
    if (account?.waiting.get(clientId) !== due) return false
    account.waiting.delete(clientId)
    this.#waitingCount -= 1
    this.#forgetIfGone(accountId, account)
    return true
  }

  #account(accountId: string): Present {
    const known = this.#present.get(accountId)
    if (known) return known
    const account: Present = { bytesPerSecond: 0, leases: new Map(), waiting: new Map() }
    this.#present.set(accountId, account)
    return account
  }

  #count(account: Present, lease: Lease, sign: 1 | -1): void {
    account.bytesPerSecond += sign * lease.bytesPerSecond
    this.#bytesPerSecond += sign * lease.bytesPerSecond
    this.#owedBytes += sign * owed(lease)
  }

  #forgetIfGone(accountId: string, { leases, waiting }: Present): void {
    if (leases.size + waiting.size === 0) this.#present.delete(accountId)
  }
}

/** What is in the way of others until the lease gives way to them. */
function owed({ budgetBytes, drawnBytes, bytesPerSecond }: Lease): number {
  return Math.min(Math.max(0, budgetBytes - drawnBytes), (bytesPerSecond * GIVES_WAY_MS) / 1000)
}
