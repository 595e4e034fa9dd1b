import { createHash } from 'node:crypto'
import { type Actor, Denied, type Proposal, type ProposeAnswer, SignalId } from '@tidegate/protocol'
import type { ProposedSignal } from '../core/rules/rule.ts'
import type { Sql } from '../sql.ts'
import { type AudienceWriter, forgetAudience, readWritten, type WrittenAudience, writeList } from './audience-store.ts'
import type { LedgerContext } from './ledger-context.ts'

/** A signal as it is written down before anybody judged it. */
export interface ProposalDraft extends Omit<ProposedSignal, 'isEveryone'> {
  readonly idempotencyKey: string
  readonly proposedBy: string
  /** A list, or what writes them where they are not in memory; null for everyone. */
  readonly accountIds: readonly string[] | AudienceWriter | null
}

/** What a proposal does not say of itself. */
export type Origin = Pick<ProposalDraft, 'signalId' | 'proposedBy' | 'proposedAtMs' | 'proposalCount'>

export function propose(context: LedgerContext, proposal: Proposal, by: Actor, nowMs: number): Promise<ProposeAnswer> {
  const draft = draftOf(proposal, {
    signalId: context.newId(),
    proposedBy: by,
    proposedAtMs: nowMs,
    proposalCount: 1,
  })
  return context.database.transaction((sql) => insertProposal(sql, draft))
}

export function draftOf(proposal: Proposal, origin: Origin): ProposalDraft {
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
 * Writes a proposal down, once per idempotency key (G2). Its accounts come first, because the database sorts them and so
 * knows what they are; those of a key that turns out to be known are taken back.
 *
 * @throws Denied `conflict` when the key was used for other contents
 */
export async function insertProposal(sql: Sql, draft: ProposalDraft): Promise<ProposeAnswer> {
  const signalNo = await nextSignalNo(sql)
  const written = await writeAccounts(sql, signalNo, draft.accountIds)
  const contents = contentsSha256(draft, written)
  const inserted = await sql.query(
    `INSERT INTO tidegate_ledger.signal (signal_no, signal_id, idempotency_key, contents_sha256, cause_id, action, scope,
       is_everyone, filter, reason, expires_in_ms, proposal_count, malformed_because, proposed_by, proposed_at_ms,
       named_audience_count, is_paged)
     OVERRIDING SYSTEM VALUE
     VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9::text::jsonb, $10, $11, $12, $13, $14, $15, $16, $17)
     ON CONFLICT (idempotency_key) DO NOTHING RETURNING signal_no`,
    [
      signalNo,
      draft.signalId,
      draft.idempotencyKey,
      contents,
      draft.causeId,
      draft.action,
      JSON.stringify(draft.scope),
      written === null,
      JSON.stringify(draft.filter),
      draft.reason,
      draft.expiresInMs,
      draft.proposalCount,
      draft.malformedBecause,
      draft.proposedBy,
      draft.proposedAtMs,
      written?.accountCount ?? null,
      written?.isPaged ?? false,
    ],
  )
  if (inserted.length > 0) return { signalId: SignalId.parse(draft.signalId), isNew: true }
  if (written) await forgetAudience(sql, signalNo)
  return existing(sql, draft.idempotencyKey, contents)
}

/** @returns what was written, or null for everyone */
async function writeAccounts(
  sql: Sql,
  signalNo: number,
  accountIds: ProposalDraft['accountIds'],
): Promise<WrittenAudience | null> {
  if (accountIds === null) return null
  const write = typeof accountIds === 'function' ? accountIds : writeList(accountIds)
  await write(sql, signalNo)
  return readWritten(sql, signalNo)
}

/** Ahead of the row, for its accounts; a number that is not used after all is missing for good. */
async function nextSignalNo(sql: Sql): Promise<number> {
  const [next] = await sql.query<{ signal_no: number }>(
    `SELECT nextval(pg_get_serial_sequence('tidegate_ledger.signal', 'signal_no')) AS signal_no`,
  )
  if (!next) throw new Error('Cannot propose: the ledger gave no signal number')
  return next.signal_no
}

async function existing(sql: Sql, idempotencyKey: string, contents: string): Promise<ProposeAnswer> {
  const [known] = await sql.query<{ signal_id: string; contents_sha256: string | null }>(
    'SELECT signal_id, contents_sha256 FROM tidegate_ledger.signal WHERE idempotency_key = $1',
    [idempotencyKey],
  )
  // Null: written before contents were hashed in today's form, so the key alone has to do.
  if (!known || (known.contents_sha256 !== null && known.contents_sha256 !== contents)) {
    throw new Denied({
      kind: 'conflict',
      message: `Cannot propose: the idempotency key ${idempotencyKey} was used before for other contents`,
    })
  }
  return { signalId: SignalId.parse(known.signal_id), isNew: false }
}

/** What two proposals under one key must agree in. Fields are in the order of the schema that parsed them. */
function contentsSha256(draft: ProposalDraft, written: WrittenAudience | null): string {
  const { causeId, action, scope, filter, reason, expiresInMs, malformedBecause } = draft
  const { clientClasses, appVersions, cohorts } = filter
  const audience = [written?.accountsSha256 ?? null, clientClasses, appVersions, cohorts]
  return createHash('sha256')
    .update(JSON.stringify([causeId, action, scope, audience, reason, expiresInMs, malformedBecause]))
    .digest('hex')
}
