import { CauseId, Denied, PROTOCOL_VERSION, Proposal } from '@tidegate/protocol'
import { z } from 'zod'
import { type OutboxGroup, takeFromOutbox } from '../outbox/outbox-group.ts'
import type { Sql } from '../sql.ts'
import type { LedgerContext, OutboxSource } from './ledger-context.ts'
import { draftOf, insertProposal, type ProposalDraft } from './proposals.ts'

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
      const groups = await takeFromOutbox(source, TRANSACTIONS_A_TURN)
      const write = (ledger: Sql) => writeGroups(context, outbox, groups, ledger, nowMs)
      if (isSameDatabase) await write(source)
      else if (groups.length > 0) await context.database.transaction(write)
      return groups.length
    })
  } while (takenCount > 0)
}

async function writeGroups(
  context: LedgerContext,
  outbox: OutboxSource,
  groups: readonly OutboxGroup[],
  ledger: Sql,
  nowMs: number,
): Promise<void> {
  for (const group of groups) {
    const origin = {
      signalId: context.newId(),
      proposedBy: `outbox ${outbox.name}`,
      proposedAtMs: nowMs - group.ageMs,
      proposalCount: group.rowCount,
    }
    const rowKey = `outbox ${outbox.name} ${group.headRowId}`
    const draft = readGroup(group, rowKey, origin)
    try {
      await insertProposal(ledger, draft)
    } catch (thrown) {
      if (!(thrown instanceof Denied)) throw thrown
      await insertProposal(ledger, malformedDraft(group, rowKey, origin, thrown.message))
    }
  }
}

type Origin = Pick<ProposalDraft, 'signalId' | 'proposedBy' | 'proposedAtMs' | 'proposalCount'>

/** The outbox's `proposal` column: a proposal's fields without its accounts, the filters beside the rest. */
const OutboxProposal = z.looseObject({
  idempotencyKey: z.unknown().optional(),
  clientClasses: z.unknown().optional(),
  appVersions: z.unknown().optional(),
})

function readGroup(group: OutboxGroup, rowKey: string, origin: Origin): ProposalDraft {
  const row = OutboxProposal.safeParse(group.proposal)
  if (!row.success) return malformedDraft(group, rowKey, origin, z.prettifyError(row.error))
  const { idempotencyKey, clientClasses, appVersions, ...rest } = row.data
  const parsed = Proposal.safeParse({
    ...rest,
    protocol: PROTOCOL_VERSION,
    idempotencyKey: idempotencyKey ?? rowKey,
    audience: {
      accounts: group.accountIds === null ? { kind: 'everyone' } : { kind: 'named', accountIds: group.accountIds },
      ...(clientClasses !== undefined && { clientClasses }),
      ...(appVersions !== undefined && { appVersions }),
    },
  })
  if (!parsed.success) return malformedDraft(group, rowKey, origin, z.prettifyError(parsed.error))
  return draftOf(parsed.data, origin)
}

/** Written down like any other, so that its verdict (TG010) tells whoever looks what became of the row. */
function malformedDraft(group: OutboxGroup, rowKey: string, origin: Origin, because: string): ProposalDraft {
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
