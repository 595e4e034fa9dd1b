import { CauseId, type ReleasePlan } from '@tidegate/protocol'
import { readTags } from './crowd.ts'
import type { MailScene } from './mail-scene.ts'
import { migrated } from './migrate.ts'

export const PROPOSED_TITLE = 'Folders: merge doubles'
export const PROPOSED_REASON = 'Some apps missed changes while folders were merged'

/** Everybody at once: for a scene in which one client is looked at. */
export const ALL_AT_ONCE = {
  verifyWindowMs: 0,
  windowMs: 0,
  stages: [{ share: 1, bakeMs: 600_000, gate: { minReportCount: 1, maxFailureRatio: 0 } }],
} satisfies ReleasePlan

/**
 * A migration proposes a reset to all 5,001 accounts, and the guard holds it for the owner. Chance makes the owner a
 * canary once in 250 times; then that one is revoked and another proposed.
 */
export async function proposeToEverybody(
  scene: Pick<MailScene, 'server' | 'operator' | 'owner'>,
  name = 'folders-2023-08',
): Promise<CauseId> {
  const { server, operator, owner } = scene
  for (let at = 1; ; at++) {
    const causeId = CauseId.parse(`${name}-${at}`)
    await operator.registerCause.mutate({ causeId, kind: 'migration', title: PROPOSED_TITLE, owner: 'mail-storage' })
    await migrated(
      server.url,
      `SELECT tidegate.propose(cause => '${causeId}', accounts => ARRAY(SELECT account_id FROM mailbox.account),
         reason => '${PROPOSED_REASON}', expires_in => interval '7 days');`,
    )
    const tags = await readTags(server.url, new Map([[owner.accountId, owner.session]]))
    if (tags.size === 0) return causeId
    await operator.revoke.mutate({ target: { kind: 'cause', causeId }, reason: 'The owner was drawn as a canary' })
  }
}
