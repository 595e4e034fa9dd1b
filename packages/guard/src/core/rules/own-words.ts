import { fittingNames } from '../figures.ts'
import type { VerdictFacts } from './rule.ts'

/** A cause's id as a shell reads it: quoted where it has to be. */
export function shellWord(id: string): string {
  return /^[\w.:@/+-]+$/.test(id) ? id : `'${id.replaceAll("'", `'\\''`)}'`
}

/**
 * What to write instead of the whole account: the collections that the cause declared, or else those that it named before.
 *
 * @returns `collections => ARRAY['messages']`; with a made-up name when nothing is known of the cause
 */
export function collectionsArgument({ manifest, earlierScopes }: VerdictFacts['cause']): string {
  const declared = manifest?.collections ?? []
  const names = declared.length > 0 ? declared : earlierScopes.collections
  const shown = names.length > 0 ? fittingNames(names) : ['messages']
  return `collections => ARRAY[${shown.map((name) => `'${name.replaceAll("'", "''")}'`).join(', ')}]`
}
