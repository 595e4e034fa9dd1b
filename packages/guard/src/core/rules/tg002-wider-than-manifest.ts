import type { Manifest } from '@tidegate/protocol'
import { countOf, namesText } from '../figures.ts'
import { type Rule, scopeText, type VerdictFacts } from './rule.ts'

/**
 * The signal is more than its cause declared. More accounts than declared: those that were declared may still be
 * canaries, the difference may not. Another action, a wider scope, other classes or more proposals than declared: none of it was
 * declared, so there are no canaries at all.
 */
export const widerThanManifest: Rule = {
  ruleId: 'TG002',
  title: 'Wider than its manifest',
  severity: 'hold',
  neverBelow: 'hold',
  page: {
    what: 'The cause was registered with a manifest (what `tidegate check` measured), and its signals together are more than that: more accounts or proposals, another action, a wider scope, or clients of classes that it did not declare.',
    does: 'Held; canaries only for accounts within the declared number, and only when nothing else was undeclared.',
    why: 'A dry run and the real run that differ are two different migrations, and only one of them was looked at. A manifest with `accountCount: null` declared a predicate and bounds no number of accounts; one without `clientClasses` declared clients of every class.',
    lowerWhen:
      'Never: a manifest that binds nothing is none. Whoever does not want to be held to one registers without it.',
  },
  check(facts) {
    const { cause, signal } = facts
    if (cause.manifest === null) return null
    const manifest = cause.manifest
    const isUndeclared = undeclared(facts, manifest)
    const proposalCount = cause.earlierProposalCount + signal.proposalCount
    const declaredAccountCount = manifest.accountCount ?? Number.POSITIVE_INFINITY
    const excess = [
      ...isUndeclared,
      ...(proposalCount > manifest.proposalCount
        ? [`${countOf(proposalCount, 'proposal')} where it declared ${manifest.proposalCount}`]
        : []),
      ...(cause.accountCount > declaredAccountCount
        ? [`${countOf(cause.accountCount, 'account')} where it declared ${declaredAccountCount}`]
        : []),
    ]
    if (excess.length === 0) return null
    const isOnlyMoreAccounts = isUndeclared.length === 0 && proposalCount <= manifest.proposalCount
    return {
      canaryLimit: isOnlyMoreAccounts ? Math.max(0, declaredAccountCount - cause.earlierAccountCount) : 0,
      message: `${signal.causeId} goes beyond its manifest: ${excess.join('; ')}.`,
      evidence: {
        accountCount: cause.accountCount,
        declaredAccountCount: manifest.accountCount ?? 'everyone',
        proposalCount,
        declaredProposalCount: manifest.proposalCount,
        action: signal.action,
        declaredActions: manifest.actions.join(', '),
        scope: scopeText(signal.scope),
        declaredScope: manifest.wholeAccount ? 'the whole account' : namesText(manifest.collections),
        clientClasses: classesText(signal.filter.clientClasses),
        declaredClientClasses: classesText(manifest.clientClasses),
      },
      doInstead: `Find out why ${signal.causeId} does more than its dry run did. If that is meant, run \`tidegate check\` again on data like the real one and declare it under a new cause (\`tidegate manifest push FILE\`); if not, revoke this one.`,
    }
  },
}

function undeclared({ signal }: VerdictFacts, manifest: Manifest): string[] {
  const excess: string[] = []
  if (!manifest.actions.includes(signal.action)) {
    excess.push(`action ${signal.action} where it declared ${manifest.actions.join(', ')}`)
  }
  const moreClasses = undeclaredClasses(signal.filter.clientClasses, manifest.clientClasses)
  if (moreClasses !== null) {
    excess.push(`${moreClasses} where it declared ${classesText(manifest.clientClasses)} clients`)
  }
  if (manifest.wholeAccount) return excess
  if (signal.scope.kind === 'account') {
    excess.push(`the whole account where it declared ${namesText(manifest.collections) || 'no collection'}`)
    return excess
  }
  const declared = new Set<string>(manifest.collections)
  const more = signal.scope.collections.map(({ collection }) => collection).filter((name) => !declared.has(name))
  if (more.length > 0) {
    excess.push(`${namesText(more)} where it declared ${namesText(manifest.collections) || 'no collection'}`)
  }
  return excess
}

/** @returns the clients that nobody declared, in words; null when all are declared */
function undeclaredClasses(
  asked: readonly string[] | undefined,
  declared: readonly string[] | undefined,
): string | null {
  if (declared === undefined) return null
  if (asked === undefined) return 'clients of every class'
  const more = asked.filter((name) => !declared.includes(name))
  return more.length > 0 ? `${namesText(more)} clients` : null
}

function classesText(classes: readonly string[] | undefined): string {
  return classes === undefined ? 'every class' : namesText(classes)
}
