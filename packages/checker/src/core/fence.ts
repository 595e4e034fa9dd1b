import { CannotCheck } from './check-failure.ts'
import type { Statement } from './statement.ts'
import type { Suspicion } from './suspicion.ts'

/** Savepoints stay inside the transaction that the migration is given; everything else would end it or begin another. */
const SAVEPOINTS: ReadonlySet<string> = new Set([
  'TRANS_STMT_SAVEPOINT',
  'TRANS_STMT_RELEASE',
  'TRANS_STMT_ROLLBACK_TO',
])

/**
 * Refuses, before anything runs, what would break out of the one transaction in which a migration is checked: a rolled
 * back half would be counted, or a committed half not (PEERS: a `COMMIT` escapes silently).
 *
 * @throws CannotCheck `refused`, with the place
 */
export function refuseEscapes(statements: readonly Statement[]): void {
  for (const statement of statements) {
    const refusal = refusalOf(statement)
    if (refusal === null) continue
    throw new CannotCheck({
      kind: 'refused',
      file: 'migration',
      message: refusal.message,
      place: statement.place,
      sqlState: null,
      doInstead: refusal.doInstead,
    })
  }
}

function refusalOf({ node, text }: Statement): { message: string; doInstead: string } | null {
  const words = firstWords(text)
  if ('TransactionStmt' in node && !SAVEPOINTS.has(node.TransactionStmt.kind ?? '')) {
    return {
      message: `${words} would end the one transaction in which the migration runs, or begin another`,
      doInstead: 'Leave it out: the whole file runs in one transaction, here and with `tidegate migrate`.',
    }
  }
  if ('CopyStmt' in node && (node.CopyStmt.filename !== undefined || node.CopyStmt.is_from)) {
    const isProgram = node.CopyStmt.is_program === true
    return {
      message: `COPY ${isProgram ? 'would run a program' : 'would read or write a file'}, and there is none in the dry run`,
      doInstead: 'Load data in a step of its own, and write rows that the migration needs as INSERT statements.',
    }
  }
  if (isNonTransactional(node)) {
    return {
      message: `${words} cannot run inside a transaction`,
      doInstead: `Put it into a migration of its own: it proposes nothing, so it needs no check.`,
    }
  }
  return null
}

// Those that PostgreSQL itself refuses inside a transaction; any that is missing here is refused when it runs.
function isNonTransactional(node: Statement['node']): boolean {
  if ('VacuumStmt' in node) return node.VacuumStmt.is_vacuumcmd === true
  if ('IndexStmt' in node) return node.IndexStmt.concurrent === true
  if ('DropStmt' in node) return node.DropStmt.concurrent === true
  if ('DiscardStmt' in node) return node.DiscardStmt.target === 'DISCARD_ALL'
  return ['CreatedbStmt', 'DropdbStmt', 'CreateTableSpaceStmt', 'DropTableSpaceStmt', 'AlterSystemStmt'].some(
    (name) => name in node,
  )
}

/** Patterns over a parsed statement as JSON: its names, options, strings and function bodies, but no comments. */
const SUSPECT = [
  {
    kind: 'triggers',
    pattern:
      /"AT_(DisableTrig|EnableReplicaTrig|DisableRule)\w*"|\bdisable\s+trigger\b|\benable\s+replica\s+trigger\b/i,
    what: 'it switches triggers off',
  },
  {
    kind: 'triggers',
    pattern: /session_replication_role/i,
    what: 'it sets session_replication_role, under which triggers do not fire',
  },
  {
    kind: 'triggers',
    pattern:
      /"(Update|Insert|Delete|Merge)Stmt":\{"relation":\{("\w+":"[^"]*",)*"relname":"pg_|\b(update|delete\s+from|insert\s+into)\s+(pg_catalog\.)?pg_(trigger|proc|class|rewrite)\b/i,
    what: 'it writes to a system catalog, where triggers can be switched off',
  },
  {
    kind: 'outside',
    pattern: /\b(dblink\w*|lo_export|pg_file_write)\b|\bcopy\b[^;]*\bprogram\b/i,
    what: 'it reaches outside its database, where nothing counts what it tells clients',
  },
] as const

/** What can be seen in the text already: also what would be done to tables that the dry run does not have. */
export function suspicionsIn(statements: readonly Statement[]): Suspicion[] {
  return statements.flatMap(({ node, place }) => {
    const spelt = JSON.stringify(node).replace(/\\[nrt]/g, ' ')
    return SUSPECT.filter(({ pattern }) => pattern.test(spelt)).map(({ kind, what }) => ({ kind, what, place }))
  })
}

function firstWords(text: string): string {
  return text
    .replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
    .trim()
    .split(/[\s;(]+/)
    .slice(0, 2)
    .join(' ')
    .toUpperCase()
}
