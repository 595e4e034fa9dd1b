import { listOf } from './figures.ts'
import type { Suspicion } from './suspicion.ts'

/** One trigger, or rule, as the catalog had it, and the transaction that wrote it there. */
export interface SealedTrigger {
  readonly name: string
  readonly table: string
  readonly tableOid: string
  readonly version: string
  /** PostgreSQL's own, of a foreign key for instance. */
  readonly isInternal: boolean
  /** Its function may propose. */
  readonly mayPropose: boolean
}

/**
 * What has to be the same after the migration as before it, or its signals were not all counted. Every entry carries the
 * transaction that wrote its catalog row, so that what was changed and changed back shows as well.
 */
export interface Seal {
  /** The schema `tidegate`: its functions, its table, and everything attached to that. */
  readonly capture: ReadonlySet<string>
  /** By oid. */
  readonly triggers: ReadonlyMap<string, SealedTrigger>
  /** Functions outside that schema which may propose, by oid. */
  readonly emitters: ReadonlyMap<string, { readonly name: string; readonly version: string }>
}

/**
 * Compares the catalogs before and after.
 *
 * @param tableOids the tables that are still there: a trigger that went with its table says nothing more, unless it proposed
 */
export function brokenSeal(before: Seal, after: Seal, tableOids: ReadonlySet<string>): Suspicion[] {
  const changed = new Set<string>()
  const dropped = new Set<string>()
  for (const [oid, trigger] of before.triggers) {
    const now = after.triggers.get(oid)
    const label = trigger.isInternal
      ? `those of ${trigger.table}'s foreign keys`
      : `${trigger.name} of ${trigger.table}`
    if (now !== undefined && now.version !== trigger.version) changed.add(label)
    if (now === undefined && !trigger.isInternal && (trigger.mayPropose || tableOids.has(trigger.tableOid))) {
      dropped.add(label)
    }
  }
  const replaced = [...before.emitters]
    .filter(([oid, emitter]) => after.emitters.get(oid)?.version !== emitter.version)
    .map(([, emitter]) => emitter.name)
  const isSameCapture =
    before.capture.size === after.capture.size && [...before.capture].every((entry) => after.capture.has(entry))
  return [
    ...(changed.size > 0 ? [seen('triggers', `it switches off or changes triggers or rules: ${named(changed)}`)] : []),
    ...(dropped.size > 0 ? [seen('triggers', `it drops triggers or rules: ${named(dropped)}`)] : []),
    ...(replaced.length > 0 ? [seen('capture', `it changes functions that may propose: ${named(replaced)}`)] : []),
    ...(isSameCapture ? [] : [seen('capture', 'it changes the outbox or tidegate.propose itself')]),
  ]
}

function seen(kind: Suspicion['kind'], what: string): Suspicion {
  return { kind, what, place: null }
}

function named(names: Iterable<string>): string {
  return listOf([...names].sort())
}
