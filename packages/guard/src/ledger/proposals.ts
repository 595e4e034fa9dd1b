import { createHash } from 'node:crypto'
import { type Actor, Denied, type Proposal, type ProposeAnswer, SignalId } from '@tidegate/protocol'
import type { ProposedSignal } from '../core/rules/rule.ts'
import type { Sql } from '../sql.ts'
import type { LedgerContext } from './ledger-context.ts'

/** A signal as it is written down before anybody judged it. */
export interface ProposalDraft extends Omit<ProposedSignal, 'isEveryone'> {
  readonly idempotencyKey: string
  readonly proposedBy: string
  /** Null for everyone. */
  readonly accountIds: readonly string[] | null
}

export function propose(context: LedgerContext, proposal: Proposal, by: Actor, nowMs: number): Promise<ProposeAnswer> {
  const draft = draftOf(proposal, {
    signalId: context.newId(),
    proposedBy: by,
    proposedAtMs: nowMs,
    proposalCount: 1,
  })
  return context.database.transaction((sql) => insertProposal(sql, draft))
}

export function draftOf(
  proposal: Proposal,
  origin: Pick<ProposalDraft, 'signalId' | 'proposedBy' | 'proposedAtMs' | 'proposalCount'>,
): ProposalDraft {
  const { accounts, ...filter } = proposal.audience
  return {
    ...origin,
    idempotencyKey: proposal.idempotencyKey,
    causeId: proposal.causeId,
    action: proposal.action,
    scope: proposal.scope,
    filter,
    reason: proposal.reason ?? null,
    expiresInMs: proposal.expiresInMs ?? null,
    malformedBecause: null,
    accountIds: accounts.kind === 'everyone' ? null : accounts.accountIds,
  }
}

/**
 * Writes a proposal down, once per idempotency key (G2).
 *
 * @throws Denied `conflict` when the key was used for other contents
 */
export async function insertProposal(sql: Sql, draft: ProposalDraft): Promise<ProposeAnswer> {
  const accountIds = draft.accountIds && [...new Set(draft.accountIds)].sort()
  const contents = contentsSha256(draft, accountIds)
  const [inserted] = await sql.query<{ signal_no: number }>(
    `INSERT INTO tidegate_ledger.signal (signal_id, idempotency_key, contents_sha256, cause_id, action, scope, is_everyone,
       filter, reason, expires_in_ms, proposal_count, malformed_because, proposed_by, proposed_at_ms)
     VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8::text::jsonb, $9, $10, $11, $12, $13, $14)
     ON CONFLICT (idempotency_key) DO NOTHING RETURNING signal_no`,
    [
      draft.signalId,
      draft.idempotencyKey,
      contents,
      draft.causeId,
      draft.action,
      JSON.stringify(draft.scope),
      accountIds === null,
      JSON.stringify(draft.filter),
      draft.reason,
      draft.expiresInMs,
      draft.proposalCount,
      draft.malformedBecause,
      draft.proposedBy,
      draft.proposedAtMs,
    ],
  )
  if (!inserted) return existing(sql, draft.idempotencyKey, contents)
  if (accountIds && accountIds.length > 0) {
    await sql.query(
      `INSERT INTO tidegate_ledger.signal_account (signal_no, account_id)
       SELECT $1, account_id FROM jsonb_array_elements_text($2::text::jsonb) AS account_id ORDER BY account_id`,
      [inserted.signal_no, JSON.stringify(accountIds)],
    )
  }
  return { signalId: SignalId.parse(draft.signalId), isNew: true }
}

async function existing(sql: Sql, idempotencyKey: string, contents: string): Promise<ProposeAnswer> {
  const [known] = await sql.query<{ signal_id: string; contents_sha256: string }>(
    'SELECT signal_id, contents_sha256 FROM tidegate_ledger.signal WHERE idempotency_key = $1',
    [idempotencyKey],
  )
  if (known?.contents_sha256 !== contents) {
    throw new Denied({
      kind: 'conflict',
      message: `Cannot propose: the idempotency key ${idempotencyKey} was used before for other contents`,
    })
  }
  return { signalId: SignalId.parse(known.signal_id), isNew: false }
}

/** What two proposals under one key must agree in. Fields are in the order of the schema that parsed them. */
function contentsSha256(draft: ProposalDraft, accountIds: readonly string[] | null): string {
  const { causeId, action, scope, filter, reason, expiresInMs, malformedBecause } = draft
  const { clientClasses, appVersions, cohorts } = filter
  return createHash('sha256')
    .update(
      JSON.stringify([
        causeId,
        action,
        scope,
        [clientClasses, appVersions, cohorts],
        reason,
        expiresInMs,
        malformedBecause,
        accountIds,
      ]),
    )
    .digest('hex')
}
