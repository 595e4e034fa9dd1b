import { bytesText, countOf } from '../figures.ts'
import { shellWord } from './own-words.ts'
import type { Rule } from './rule.ts'

/** Holds add up: whoever approves them one after another approves more than anybody looked at. */
export const severalHolds: Rule = {
  ruleId: 'TG018',
  title: 'Several holds on one resource',
  severity: 'hold',
  page: {
    what: 'At least three other causes (`heldCausesPerResource`) that would draw from the same resource wait for a decision.',
    does: 'Held, with canaries as the credits allow.',
    why: 'One hold is a migration that somebody looks at. Several on one shard are a change that came in pieces, or a shard that is about to be asked by everybody; approved one by one, each looks harmless. With 64 causes waiting it no longer matters where: every resource counts as full of them.',
    lowerWhen: 'To `note` where many teams share few resources and holds are usual.',
  },
  check({ signal, settings, loads, audience }) {
    const limit = settings.heldCausesPerResource
    const full = loads.filter(({ otherHeldCauseCount }) => otherHeldCauseCount >= limit)
    const worst = full.reduce<(typeof full)[number] | null>(
      (most, each) => (most === null || each.otherHeldCauseCount > most.otherHeldCauseCount ? each : most),
      null,
    )
    if (worst === null) return null
    const { resourceId, otherHeldCauseCount } = worst
    const bytes = audience.byResource.find((each) => each.resourceId === resourceId)?.predictedBytes ?? 0
    return {
      message: `${countOf(otherHeldCauseCount, 'other cause')} would draw from ${resourceId} and ${otherHeldCauseCount === 1 ? 'waits' : 'wait'} for a decision; ${signal.causeId} would add ${bytesText(bytes)}.`,
      evidence: {
        resourceId,
        otherHeldCauseCount,
        heldCausesPerResource: limit,
        predictedBytes: bytes,
        overResourceCount: full.length,
      },
      doInstead: `See what waits (\`tidegate holds\`) and whether it is one change. Decide about the others first, then let ${signal.causeId} out: \`tidegate approve ${shellWord(signal.causeId)} --reason '…'\`.`,
    }
  },
}
