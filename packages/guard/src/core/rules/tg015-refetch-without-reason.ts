import { countOf } from '../figures.ts'
import { type Rule, scopeText } from './rule.ts'

/** `refetch` downloads what the clients may well hold already, so whoever asks for it says what comparing would miss. */
export const refetchWithoutReason: Rule = {
  ruleId: 'TG015',
  title: 'Refetch without a reason',
  severity: 'hold',
  page: {
    what: 'The signal asks clients to fetch everything again instead of comparing first, and says no reason.',
    does: 'Held, without canaries.',
    why: 'A client that compares draws what differs, often nothing; one that refetches draws its whole share of the mailbox. That is needed when digests cannot be trusted, which is rare, and then somebody knows why.',
    lowerWhen: 'To `note` while emitters that always said `refetch` learn to give a reason.',
  },
  check({ signal, audience }) {
    if (signal.action !== 'refetch' || signal.reason !== null) return null
    const predictedBytes = audience.byResource.reduce((sum, each) => sum + each.predictedBytes, 0)
    return {
      canaryLimit: 0,
      message: `${signal.causeId} asks ${countOf(audience.accountCount, 'account')} to refetch ${scopeText(signal.scope)} without comparing, and says no reason.`,
      evidence: {
        audienceAccountCount: audience.accountCount,
        predictedBytes,
        scope: scopeText(signal.scope),
      },
      doInstead: `Leave \`action\` out when ${signal.causeId} proposes: clients then compare, and fetch what differs. If their digests cannot be trusted, say why: \`reason => '…'\`.`,
    }
  },
}
