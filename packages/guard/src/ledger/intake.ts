import { CauseId, Denied, PROTOCOL_VERSION, Proposal, readOutboxProposal } from '@tidegate/protocol'
import { z } from 'zod'
import { flawOfMany, MANY_IDS, parametersOf, readMany } from '../outbox/many-accounts.ts'
import { type ManyAccounts, type TakenGroup, takeFromOutbox } from '../outbox/outbox-group.ts'
import type { Sql } from '../sql.ts'
import { type AudienceWriter, ROW_ACCOUNT_LIMIT, writeSorted } from './audience-store.ts'
import type { LedgerContext, OutboxSource } from './ledger-context.ts'
import { draftOf, insertProposal, type Origin, type ProposalDraft } from './proposals.ts'

/** Transactions taken from one outbox at a time: few enough that a lost connection repeats little. */
const TRANSACTIONS_A_TURN = 100

/**
 * Takes what waits in an outbox into the ledger (G2). In one transaction where both are the same database; else the
 * ledger commits first and the outbox second, and a crash between the two is harmless: the same rows come again under
 * the same keys, which the ledger knows.
 */
export async function intake(context: LedgerContext, outbox: OutboxSource, nowMs: number): Promise<void> {
  const isSameDatabase = outbox.database === context.database
  let takenCount: number
  do {
    takenCount = await outbox.database.transaction(async (source) => {
      const taken = await takeFromOutbox(source, { limit: TRANSACTIONS_A_TURN, fewAccounts: ROW_ACCOUNT_LIMIT })
      if (taken.transactionCount === 0) return 0
      const write = async (ledger: Sql) => {
        for (const group of taken.groups) await writeGroup({ context, outbox, source, ledger, nowMs }, group)
      }
      if (isSameDatabase) await write(source)
      else await context.database.transaction(write)
      await taken.remove()
      return taken.transactionCount
    })
  } while (takenCount > 0)
}

interface Turn {
  readonly context: LedgerContext
  readonly outbox: OutboxSource
  /** The transactions of both ends; the same one where both are the same database. */
  readonly source: Sql
  readonly ledger: Sql
  readonly nowMs: number
}

async function writeGroup(turn: Turn, group: TakenGroup): Promise<void> {
  const { context, outbox, ledger, nowMs } = turn
  const origin = {
    signalId: context.newId(),
    proposedBy: `outbox ${outbox.name}`,
    proposedAtMs: nowMs - group.ageMs,
    proposalCount: group.rowCount,
  }
  const rowKey = `outbox ${outbox.name} ${group.headRowId}`
  try {
    await insertProposal(ledger, await readGroup(turn, group, rowKey, origin))
  } catch (thrown) {
    if (!(thrown instanceof Denied)) throw thrown
    await insertProposal(ledger, malformedDraft(group, rowKey, origin, thrown.message))
  }
}

/** Inside one database the ids never leave it. */
function writeMany(turn: Turn, many: ManyAccounts): AudienceWriter {
  const { source } = turn
  if (turn.ledger !== source) return writeSorted(() => readMany(source, many))
  return async (ledger, signalNo) => {
    await ledger.query(
      `INSERT INTO tidegate_ledger.audience_page
       SELECT $3::bigint, pages.* FROM tidegate_ledger.audience_pages(ARRAY(${MANY_IDS})) AS pages`,
      [...parametersOf(many), signalNo],
    )
  }
}

async function readGroup(turn: Turn, group: TakenGroup, rowKey: string, origin: Origin): Promise<ProposalDraft> {
  const read = readOutboxProposal(group.proposal)
  if (read.kind === 'malformed') return malformedDraft(group, rowKey, origin, read.because)
  const { idempotencyKey, clientClasses, appVersions, cohorts, ...rest } = read.proposal
  const { accounts } = group
  const parsed = Proposal.safeParse({
    ...rest,
    protocol: PROTOCOL_VERSION,
    idempotencyKey: idempotencyKey ?? rowKey,
    audience: {
      // Many accounts are looked through where they are.
      accounts: accounts.kind === 'few' ? { kind: 'named', accountIds: accounts.accountIds } : { kind: 'everyone' },
      clientClasses,
      appVersions,
      cohorts,
    },
  })
  if (!parsed.success) return malformedDraft(group, rowKey, origin, z.prettifyError(parsed.error))
  const draft = draftOf(parsed.data, origin)
  if (accounts.kind !== 'many') return draft
  const flaw = await flawOfMany(turn.source, accounts.group)
  if (flaw !== null) return malformedDraft(group, rowKey, origin, flaw)
  return { ...draft, accountIds: writeMany(turn, accounts.group) }
}

/** Written down like any other, so that its verdict (TG010) tells whoever looks what became of the row. */
function malformedDraft(group: TakenGroup, rowKey: string, origin: Origin, because: string): ProposalDraft {
  const causeId = CauseId.safeParse(z.looseObject({ causeId: z.unknown() }).safeParse(group.proposal).data?.causeId)
  return {
    ...origin,
    idempotencyKey: rowKey,
    causeId: causeId.success ? causeId.data : 'unreadable',
    action: 'verify',
    scope: { kind: 'account' },
    filter: {},
    reason: null,
    expiresInMs: null,
    malformedBecause: because.slice(0, 500),
    accountIds: [],
  }
}
