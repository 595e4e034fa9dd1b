import { hasSqlDetails, parse } from 'libpg-query'

/** One statement of a migration file, and where in the file it begins. */
export interface MigrationStatement {
  readonly text: string
  /** 1-based, of the statement's first character that is not white space. */
  readonly line: number
}

/** PostgreSQL quotes what it could not read, however long that is. */
const LONGEST_MESSAGE = 2_000

/** The migration was not run, or was rolled back: what is wrong with it, and where. */
export class MigrationFailed extends Error {
  override readonly name = 'MigrationFailed'
  /** `refused`: it never ran. `failed`: it ran and everything it did was rolled back. */
  readonly kind: 'refused' | 'failed'
  /** 1-based line of the file; null when PostgreSQL did not say. */
  readonly line: number | null
  readonly sqlState: string | null

  constructor(
    message: string,
    details: { kind: 'refused' | 'failed'; line: number | null; sqlState?: string | null },
    options?: ErrorOptions,
  ) {
    super(message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message, options)
    this.kind = details.kind
    this.line = details.line
    this.sqlState = details.sqlState ?? null
  }
}

// Savepoints stay inside the transaction that the migration is given; everything else would end or begin one.
const ALLOWED_KINDS: ReadonlySet<string> = new Set([
  'TRANS_STMT_SAVEPOINT',
  'TRANS_STMT_RELEASE',
  'TRANS_STMT_ROLLBACK_TO',
])

/**
 * Splits a migration file into its statements with PostgreSQL's own parser, and refuses what would break out of the one
 * transaction it is to run in. COMMIT inside a procedure or DO block is PostgreSQL's to refuse, and it does.
 *
 * @throws MigrationFailed `refused`
 */
export async function migrationStatements(file: string): Promise<MigrationStatement[]> {
  if (file.includes('\0')) {
    throw new MigrationFailed('Cannot run the migration: it contains a NUL character', { kind: 'refused', line: null })
  }
  const { stmts = [] } = await parsed(file)
  const bytes = Buffer.from(file) // the parser counts bytes
  return stmts.map(({ stmt, stmt_location: from = 0, stmt_len: length }) => {
    const text = bytes.subarray(from, length === undefined ? bytes.length : from + length).toString()
    const line = lineAt(bytes.subarray(0, from).toString() + (/^\s*/.exec(text)?.[0] ?? ''))
    if (stmt && 'TransactionStmt' in stmt && !ALLOWED_KINDS.has(stmt.TransactionStmt.kind ?? '')) {
      throw new MigrationFailed(
        `Cannot run the migration: it runs in one transaction, and ${firstWords(text)} would end it or begin another`,
        { kind: 'refused', line },
      )
    }
    // An embedded database waits for data that nobody sends, and the whole process with it.
    if (stmt && 'CopyStmt' in stmt && stmt.CopyStmt.filename === undefined) {
      throw new MigrationFailed(
        'Cannot run the migration: COPY from STDIN or to STDOUT needs a connection of its own; write the rows as INSERT',
        { kind: 'refused', line },
      )
    }
    return { text, line }
  })
}

/** @returns the 1-based number of the line that comes after `before` */
export function lineAt(before: string): number {
  return before.split('\n').length
}

async function parsed(file: string) {
  try {
    return await parse(file)
  } catch (error) {
    const details = hasSqlDetails(error) ? error.sqlDetails : undefined
    const line = details ? lineAt(file.slice(0, details.cursorPosition)) : null
    const message = error instanceof Error ? error.message : String(error)
    throw new MigrationFailed(`Cannot read the migration: ${message}`, { kind: 'refused', line }, { cause: error })
  }
}

function firstWords(text: string): string {
  const code = text.replace(/--[^\n]*|\/\*.*?\*\//gs, ' ').trim()
  return code.split(/\s+/).slice(0, 2).join(' ').toUpperCase()
}
