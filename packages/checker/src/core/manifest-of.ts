import { Manifest } from '@tidegate/protocol'
import { type CauseFacts, collectionsOf } from './check-facts.ts'

/** What a cause declares when it is registered: exactly what the dry run saw of it. */
export function manifestOf(cause: CauseFacts, sourceSha256: string): Manifest {
  const { causeId, signals, proposalCount, accountCount } = cause
  return Manifest.parse({
    manifestVersion: 1,
    causeId,
    actions: [...new Set(signals.map(({ action }) => action))].sort(),
    wholeAccount: signals.some(({ scope }) => scope.kind === 'account'),
    collections: [...new Set(signals.flatMap(({ scope }) => collectionsOf(scope)))].sort(),
    proposalCount,
    accountCount,
    ...classesOf(cause),
    sourceSha256,
  })
}

/** Declared only where every signal is limited to some: one that is not is for clients of every class. */
function classesOf({ signals }: CauseFacts): Pick<Manifest, 'clientClasses'> {
  const limited = signals.flatMap(({ clientClasses }) => (clientClasses === null ? [] : [clientClasses]))
  if (limited.length === 0 || limited.length < signals.length) return {}
  return { clientClasses: [...new Set(limited.flat())].sort() }
}
