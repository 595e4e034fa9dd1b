import { trpcGuardApi } from '@tidegate/client'
import { verifyTrack } from '@tidegate/guard'
import {
  type AccountId,
  ALL_ORDINALS,
  CauseId,
  type CauseStatus,
  CollectionName,
  type SignalId,
  type SignalStatus,
  type Status,
} from '@tidegate/protocol'
import { expect } from 'vitest'
import { askEverybody, readTags } from './crowd.ts'
import { Diary, type Undertaking } from './diary.ts'
import { eventually } from './eventually.ts'
import { readMailboxRows, withDatabase } from './mailbox-rows.ts'
import { measured } from './measured.ts'
import { operatorOf, type ServerProcess } from './server-process.ts'
import { neighbourIds, openOwnerSession, openSessions, type Sessions } from './sessions.ts'
import { approval, migration, proposal, report, revocation } from './undertakings.ts'

const PROPOSALS_A_ROUND = 5
const DECISIONS_A_ROUND = 6
const REPORTS_A_ROUND = 60
const JULY = 'july'
/** As the July migration gives it. */
const JULY_REASON = 'Messages were rewritten for the new labels'

/** What a server may be doing when it is killed. */
export const MOMENTS = ['migrating', 'judging', 'approving', 'reporting'] as const
export type Moment = (typeof MOMENTS)[number]

/** One run of a migration's file, and whether the server said that it was committed. */
interface Run {
  readonly causeId: string
  isAnswered: boolean
}

/** What was done to a server that is killed now and then, and what must be so because of it. */
export class KillScene {
  readonly diary = new Diary()
  readonly #sessions: Sessions
  readonly #neighbours: readonly AccountId[]
  #canaries: readonly AccountId[] = []
  #julySignalId: SignalId | null = null
  /** What the server named each proposal, by the proposal's key. */
  readonly #signalIds = new Map<string, Set<SignalId>>()
  readonly #migrationCauses: string[] = []
  /** Since the last look. */
  #runs: Run[] = []
  /** Of every row, at the last look: 1, and one more for each run of a migration that was committed. */
  #revision = 1
  readonly #approved: SignalId[] = []
  readonly #revoked: SignalId[] = []
  readonly #reportKeys: string[] = []
  #statusCount = 0

  private constructor(sessions: Sessions, neighbours: readonly AccountId[]) {
    this.#sessions = sessions
    this.#neighbours = neighbours
  }

  /** Everybody logs in, and the July migration runs once: its canaries will report. */
  static async open(server: ServerProcess, neighbourCount: number): Promise<KillScene> {
    const neighbours = neighbourIds(neighbourCount)
    const owner = await openOwnerSession(server)
    const sessions = new Map([
      ...(await openSessions(server.url, neighbours)),
      [owner.accountId, owner.session] as const,
    ])
    const scene = new KillScene(sessions, neighbours)
    await scene.#registerCause(server.url, JULY)
    expect(await scene.diary.send(server.url, scene.#migration(JULY))).toBe(true)
    await scene.expectKept(server.url)
    scene.#canaries = [...(await readTags(server.url, sessions)).keys()]
    scene.#julySignalId = signalsOf(await operatorOf(server.url).status.query({}))[0]?.signalId ?? null
    return scene
  }

  /** Brings the server to where the batch can be sent. @returns the batch */
  async prepare(moment: Moment, name: string, url: string): Promise<readonly Undertaking[]> {
    await this.#registerCause(url, name)
    switch (moment) {
      case 'migrating':
        return [this.#migration(name), ...this.#proposals(name, 1)]
      case 'judging':
        return this.#proposals(name, PROPOSALS_A_ROUND)
      case 'approving': {
        const proposals = this.#proposals(name, DECISIONS_A_ROUND)
        for (const each of proposals) expect(await this.diary.send(url, each)).toBe(true)
        const signalIds = proposals.flatMap(({ key }) => [...(this.#signalIds.get(key) ?? [])])
        await this.#judged(url, signalIds)
        const approved = signalIds.slice(0, DECISIONS_A_ROUND / 2)
        const revoked = signalIds.slice(DECISIONS_A_ROUND / 2)
        this.#approved.push(...approved)
        this.#revoked.push(...revoked)
        return [...approved.map(approval), ...revoked.map(revocation)]
      }
      case 'reporting':
        return this.#reports(name)
    }
  }

  /** Looks at the credits over and over until the server is gone. */
  async watchCredits(url: string): Promise<void> {
    for (;;) {
      const status = await operatorOf(url)
        .status.query({})
        .catch(() => null)
      if (status === null) return
      this.#expectWithinCredit(status)
    }
  }

  /** Everything acknowledged is there once; everything else once or not at all; credits hold. */
  async expectKept(url: string): Promise<void> {
    await this.#expectMigrationsWhole(url)
    const acknowledged = [...this.#signalIds].filter(([key]) => this.diary.isAcknowledged(key))
    for (const [key, signalIds] of acknowledged) expect([key, signalIds.size]).toEqual([key, 1])
    const status = await this.#judged(
      url,
      acknowledged.flatMap(([, signalIds]) => [...signalIds]),
    )
    const signals = signalsOf(status)
    expect(new Set(signals.map(({ signalId }) => signalId)).size).toBe(signals.length)
    // A reason names its proposal's key: no key has two signals.
    const reasons = signals.flatMap(({ reason }) => (reason?.startsWith('Proposed as') ? [reason] : []))
    expect(new Set(reasons).size).toBe(reasons.length)

    const byId = new Map(signals.map((signal) => [signal.signalId, signal]))
    for (const signalId of this.#approved.filter((id) => this.diary.isAcknowledged(`approve ${id}`))) {
      expect(byId.get(signalId)).toMatchObject({
        state: 'released',
        release: { stageIndex: 0, approvedBecause: `Approve ${signalId}` },
      })
    }
    for (const signalId of this.#revoked.filter((id) => this.diary.isAcknowledged(`revoke ${id}`))) {
      expect(byId.get(signalId)).toMatchObject({ state: 'revoked', inForceAccountCount: 0 })
    }
    const reportCount =
      [...byId.values()].find(({ signalId }) => signalId === this.#julySignalId)?.reports.consistent ?? 0
    expect(reportCount).toBeLessThanOrEqual(this.#reportKeys.length)
    expect(reportCount).toBeGreaterThanOrEqual(this.#reportKeys.filter((key) => this.diary.isAcknowledged(key)).length)
    this.#expectWithinCredit(status)
  }

  /** What clients of all accounts are told is what the operators see, signal by signal. */
  async expectEverybodyToldAlike(url: string): Promise<void> {
    const told = await askEverybody(url, this.#sessions)
    const accountsOf = new Map<string, AccountId[]>()
    for (const { accountId, answer } of told) {
      for (const { signalId } of answer.signals)
        accountsOf.set(signalId, [...(accountsOf.get(signalId) ?? []), accountId])
    }
    const status = await operatorOf(url).status.query({})
    const signals = signalsOf(status)
    for (const { signalId, inForceAccountCount } of signals) {
      expect([signalId, accountsOf.get(signalId)?.length ?? 0]).toEqual([signalId, inForceAccountCount])
    }
    const unapproved = status.causes.map((cause) =>
      unapprovedOf(cause).flatMap(({ signalId }) => accountsOf.get(signalId) ?? []),
    )
    for (const [at, cause] of status.causes.entries()) {
      expect(new Set(unapproved[at]).size).toBeLessThanOrEqual(cause.credit.accountCount)
    }
    const distinct = new Set(unapproved.flat())
    expect(distinct.size).toBe(unapproved.flat().length)
    expect(distinct.size).toBeLessThanOrEqual(status.globalCredit.accountCount)
    measured(
      `at the end: ${distinct.size} accounts in force without approval (global credit ${status.globalCredit.accountCount}), ${signals.length} signals; credits looked at ${this.#statusCount} times`,
    )
  }

  /** The same, read from the tables of the stopped server. */
  async expectOnDisk(dataDir: string): Promise<void> {
    await withDatabase(dataDir, async (database) => {
      for (const collection of ['messages', 'bodies']) {
        expect(await verifyTrack(database, collection)).toMatchObject({ isClean: true })
      }
      const revisions = new Set([...(await readMailboxRows(database)).values()].map(({ revision }) => revision))
      expect([...revisions]).toEqual([this.#revision])
      const [counts] = await database.query(
        `SELECT (SELECT count(*) FROM tidegate_ledger.signal) AS signals,
           (SELECT count(*) FROM tidegate_ledger.signal WHERE state = 'waiting') AS waiting,
           (SELECT count(*) FROM tidegate_ledger.report) AS reports,
           (SELECT count(*) FROM tidegate.outbox) AS outbox`,
      )
      const signals = this.#signalIds.size + this.#migrationCauses.length
      expect(counts).toEqual({ signals, waiting: 0, reports: this.#reportKeys.length, outbox: 0 })
      const twice = await database.query(
        `SELECT kind, signal_id, count(*) FROM tidegate_ledger.event
         WHERE signal_id IS NOT NULL GROUP BY kind, signal_id HAVING count(*) > 1`,
      )
      expect(twice).toEqual([])
      const [events] = await database.query(
        `SELECT count(*) FILTER (WHERE kind = 'signal-judged') AS judged,
           count(*) FILTER (WHERE kind = 'signal-approved') AS approved,
           count(*) FILTER (WHERE kind = 'signal-revoked') AS revoked FROM tidegate_ledger.event`,
      )
      expect(events).toEqual({ judged: signals, approved: this.#approved.length, revoked: this.#revoked.length })
      const broken = await database.query(
        `SELECT event_no FROM (
           SELECT *, lag(event_sha256, 1, repeat('0', 64)) OVER (ORDER BY event_no) AS before FROM tidegate_ledger.event
         ) AS event
         WHERE previous_sha256 <> before OR event_sha256 <> tidegate_ledger.event_sha256(previous_sha256, event_no, revision,
           at_ms, actor, kind, cause_id, signal_id, reason, evidence)`,
      )
      expect(broken).toEqual([])
    })
  }

  #proposals(causeId: string, count: number): Undertaking[] {
    return Array.from({ length: count }, (_, at) => {
      const key = `${causeId} proposal ${at}`
      const signalIds = new Set<SignalId>()
      this.#signalIds.set(key, signalIds)
      return proposal(causeId, key, this.#neighbours.slice(at * 300, at * 300 + 200), signalIds)
    })
  }

  #reports(name: string): Undertaking[] {
    return Array.from({ length: REPORTS_A_ROUND }, (_, at) => {
      const accountId = this.#canaries[at % this.#canaries.length]
      const session = accountId && this.#sessions.get(accountId)
      const signalId = this.#julySignalId
      if (accountId === undefined || session === undefined || signalId === null)
        throw new Error('The July migration reached nobody')
      const key = `${name} report ${at}`
      this.#reportKeys.push(key)
      return report({ accountId, session, signalId, key })
    })
  }

  #migration(causeId: string): Undertaking {
    const once = migration(causeId)
    this.#migrationCauses.push(causeId)
    return {
      key: once.key,
      send: async (url) => {
        const run: Run = { causeId, isAnswered: false }
        this.#runs.push(run)
        await once.send(url)
        run.isAnswered = true
      },
    }
  }

  #registerCause(url: string, name: string) {
    const causeId = CauseId.parse(name)
    return operatorOf(url).registerCause.mutate({
      causeId,
      kind: 'migration',
      title: `Cause ${name}`,
      owner: 'mail-storage',
    })
  }

  /** Each run touched every row and proposed, or did neither; one that was acknowledged did. */
  async #expectMigrationsWhole(url: string): Promise<void> {
    const revision = await readRevision(url, this.#sessions)
    const committedCount = revision - this.#revision
    const lost = this.#runs.filter(({ isAnswered }) => !isAnswered)
    const answeredCount = this.#runs.length - lost.length
    expect(lost.length).toBeLessThanOrEqual(1)
    expect(committedCount).toBeGreaterThanOrEqual(answeredCount)
    expect(committedCount).toBeLessThanOrEqual(this.#runs.length)
    const isLostCommitted = committedCount > answeredCount
    const committed = this.#migrationCauses.filter(
      (causeId) => isLostCommitted || lost.every((run) => run.causeId !== causeId),
    )
    const unsent = this.#migrationCauses.filter((causeId) => !this.diary.isSent(migration(causeId).key))
    const expected = committed.filter((causeId) => !unsent.includes(causeId)).sort()
    await eventually('the signals of the migrations that were committed', async () => {
      const found = signalsOf(await operatorOf(url).status.query({})).filter(({ reason }) => reason === JULY_REASON)
      const causeIds = found.map(({ causeId }) => String(causeId)).sort()
      // More than were committed, or one twice, would never become right.
      expect(expected).toEqual(expect.arrayContaining(causeIds))
      expect(causeIds.length).toBeLessThanOrEqual(expected.length)
      return causeIds.length === expected.length ? causeIds : null
    })
    this.#revision = revision
    this.#runs = []
  }

  /** Waits until the signals have their verdict. */
  #judged(url: string, signalIds: readonly SignalId[]): Promise<Status> {
    return eventually('verdicts on everything acknowledged', async () => {
      const status = await operatorOf(url).status.query({})
      const judged = new Set(signalsOf(status).map(({ signalId }) => signalId))
      return signalIds.every((signalId) => judged.has(signalId)) ? status : null
    })
  }

  #expectWithinCredit(status: Status): void {
    this.#statusCount++
    let all = 0
    for (const cause of status.causes) {
      const inForce = unapprovedOf(cause).reduce((sum, { inForceAccountCount }) => sum + inForceAccountCount, 0)
      all += inForce
      expect(inForce).toBeLessThanOrEqual(cause.credit.accountCount)
      expect(cause.creditSpentAccountCount).toBeLessThanOrEqual(cause.credit.accountCount)
    }
    expect(all).toBeLessThanOrEqual(status.globalCredit.accountCount)
    expect(status.globalCreditSpentAccountCount).toBeLessThanOrEqual(status.globalCredit.accountCount)
  }
}

function signalsOf(status: Status): SignalStatus[] {
  return status.causes.flatMap((cause) => cause.signals)
}

/** In force by the cause's credit alone. */
function unapprovedOf(cause: CauseStatus): SignalStatus[] {
  return cause.signals.filter(({ state, release }) => release === null && (state === 'held' || state === 'released'))
}

/** The revision of one account's items, which all must have: a migration touches all rows or none. */
async function readRevision(url: string, sessions: Sessions): Promise<number> {
  const [session = ''] = sessions.values()
  const api = trpcGuardApi({ url: `${url}/tidegate`, headers: () => ({ authorization: `Bearer ${session}` }) })
  const lists = await Promise.all(
    ['messages', 'bodies'].map((collection) =>
      api.list({ collection: CollectionName.parse(collection), range: ALL_ORDINALS, limit: 100 }),
    ),
  )
  const revisions = new Set(lists.flatMap(({ heads }) => heads.map(({ revision }) => revision)))
  expect(revisions.size).toBe(1)
  return Math.max(...revisions)
}
