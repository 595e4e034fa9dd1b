import type { Sql } from '@tidegate/guard/sql'
import { z } from 'zod'
import { CannotCheck, type CheckFailure } from '../core/check-failure.ts'
import { indexAfterCodePoints, type SourcePlace, SourceText } from '../core/source-text.ts'
import type { Statement } from '../core/statement.ts'

/** What PostgreSQL says of an error, as far as it is used; everything in it is optional but the message. */
const DatabaseError = z.object({
  message: z.string(),
  code: z.string().optional(),
  position: z.coerce.number().optional(),
  detail: z.string().optional(),
  hint: z.string().optional(),
  where: z.string().optional(),
})

export type RunnableStatement = Pick<Statement, 'text' | 'place'>

/** Runs one statement. @throws CannotCheck with the place in the file when PostgreSQL refuses it */
export async function runStatement(sql: Sql, statement: RunnableStatement, file: CheckFailure['file']): Promise<void> {
  try {
    await sql.script(statement.text)
  } catch (error) {
    throw new CannotCheck(failureOf(error, statement, file), { cause: error })
  }
}

/** @param statement null when the error came of none, as at the end of the transaction */
export function failureOf(
  error: unknown,
  statement: RunnableStatement | null,
  file: CheckFailure['file'],
): CheckFailure {
  const read = DatabaseError.safeParse(error instanceof Error ? { ...error, message: error.message } : error)
  if (!read.success) {
    return { kind: 'crashed', file, message: String(error), place: null, sqlState: null, doInstead: null }
  }
  const { message, code, position, detail, hint, where } = read.data
  const inBody = where && /^(?:PL\/pgSQL function|SQL function) .* (?:line \d+|statement \d+).*/m.exec(where)?.[0]
  const isEscape = code === '25001' || code === '2D000'
  return {
    kind: isEscape ? 'refused' : code === undefined ? 'crashed' : 'sql',
    file,
    message: [message, detail, inBody].filter(Boolean).join('; '),
    place: statement && placeIn(statement, position),
    sqlState: code ?? null,
    doInstead: isEscape
      ? 'The whole file runs in one transaction, here and with `tidegate migrate`: leave it out.'
      : (advice(code, message, file) ?? hint ?? null),
  }
}

function placeIn({ text, place }: RunnableStatement, position: number | undefined): SourcePlace {
  if (position === undefined) return place
  const within = new SourceText(text).placeAt(indexAfterCodePoints(text, position - 1))
  return within.line === 1
    ? { line: place.line, column: place.column + within.column - 1 }
    : { line: place.line + within.line - 1, column: within.column }
}

/** What most often stands in the way of a schema dump, and is quickly put right. */
function advice(code: string | undefined, message: string, file: CheckFailure['file']): string | null {
  if (code === '42704' && /^role /.test(message)) {
    return 'The dry run has no roles of yours: dump the schema with `pg_dump --no-owner --no-privileges`.'
  }
  if (code === '0A000' && /extension/.test(message)) {
    return 'The dry run has only the extensions that PGlite brings: leave this one out of the schema file.'
  }
  if (file === 'migration' && (code === '42P01' || code === '42703' || code === '3F000')) {
    return 'See whether the schema file is as it stands before this migration.'
  }
  return null
}
