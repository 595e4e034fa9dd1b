import { shellWord } from './own-words.ts'
import type { Rule } from './rule.ts'

/** Somebody stopped the cause, and it emits on: whatever comes of it waits until somebody lets it out again. */
export const revokedCause: Rule = {
  ruleId: 'TG023',
  title: 'Revoked cause',
  severity: 'hold',
  neverBelow: 'hold',
  page: {
    what: 'An operator revoked the cause (`tidegate revoke CAUSE`), and nobody has approved anything of it since.',
    does: 'Held, without canaries.',
    why: 'A revoke is aimed at what goes wrong, and a migration that goes wrong is often still running: its next row is committed a moment later, or sat in the outbox of another database. Its credit would let that row out to canaries, who would be told by the very cause that was stopped. Revoking one signal says nothing about its cause, and neither does a gate that revokes; they do not hold what comes after.',
    lowerWhen: 'Never: an operator who stops a cause has to find it stopped.',
  },
  check({ cause, signal, nowMs }) {
    if (cause.revoked === null) return null
    const { atMs, by, because } = cause.revoked
    return {
      canaryLimit: 0,
      message: `${signal.causeId} was revoked by ${by} ${agoText(nowMs - atMs)} ago ("${because}"), and nobody has approved anything of it since.`,
      evidence: { causeId: signal.causeId, revokedAtMs: atMs, revokedBy: by },
      doInstead: `Stop what emits ${signal.causeId}. When it is right again, let an approver say so: \`tidegate approve ${shellWord(signal.causeId)} --reason '…'\` lets this signal out, and what comes after it is judged as ever.`,
    }
  },
}

function agoText(ageMs: number): string {
  const minutes = Math.max(0, Math.floor(ageMs / 60_000))
  if (minutes < 1) return 'less than a minute'
  if (minutes < 120) return minutes === 1 ? 'a minute' : `${minutes} minutes`
  return `${Math.floor(minutes / 60)} hours`
}
