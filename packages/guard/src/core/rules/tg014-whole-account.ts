import { countOf, namesText } from '../figures.ts'
import { collectionsArgument } from './own-words.ts'
import type { Rule } from './rule.ts'

/** The whole account, though what is known of the cause is about some collections: the bodies would be compared, and fetched, for nothing. */
export const wholeAccountForCollections: Rule = {
  ruleId: 'TG014',
  title: 'Whole account where collections would do',
  severity: 'hold',
  page: {
    what: 'The signal covers the whole account, and all that the cause declared, or proposed before, is about some of its collections.',
    does: 'Held, without canaries.',
    why: 'Payloads that never change (bodies, attachments) live in collections of their own so that a reset of the light ones leaves them alone. A scope that was forgotten turns a few kilobytes of labels into a mailbox.',
    lowerWhen: 'To `note` where accounts are small, or where collections are not kept apart by weight.',
  },
  check({ signal, cause, audience }) {
    if (signal.scope.kind !== 'account') return null
    const { earlierScopes, manifest } = cause
    const declared = manifest !== null && !manifest.wholeAccount ? manifest.collections : []
    const isEarlier = earlierScopes.collections.length > 0 && earlierScopes.wholeAccountCount === 0
    const names = declared.length > 0 ? declared : isEarlier ? earlierScopes.collections : []
    if (names.length === 0) return null
    return {
      canaryLimit: 0,
      message: `${signal.causeId} asks ${countOf(audience.accountCount, 'account')} to ${signal.action} the whole account, and ${declared.length > 0 ? 'its manifest declares' : 'its earlier signals named'} ${namesText(names)} alone.`,
      evidence: {
        audienceAccountCount: audience.accountCount,
        collections: namesText(names),
        isDeclared: declared.length > 0,
      },
      doInstead: `Propose it again with \`${collectionsArgument(cause)}\`, and revoke this one: \`tidegate revoke --signal ${signal.signalId} --reason '…'\`.`,
    }
  },
}
