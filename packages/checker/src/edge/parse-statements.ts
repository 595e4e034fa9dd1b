import { hasSqlDetails, parse } from 'libpg-query'
import { CannotCheck, type CheckFailure } from '../core/check-failure.ts'
import { indexAfterCodePoints, SourceText } from '../core/source-text.ts'
import { leadingCommentLength, proposeIndex, type Statement } from '../core/statement.ts'

/**
 * Cuts a file into statements with PostgreSQL's own parser.
 *
 * @throws CannotCheck with the place when it is not SQL
 */
export async function parseStatements(file: string, which: CheckFailure['file']): Promise<Statement[]> {
  const source = new SourceText(withoutPsqlGuards(file))
  const { text } = source
  const nul = text.indexOf('\0')
  if (nul >= 0) throw notSql('a NUL character cannot be part of SQL', which, source, nul)
  const { stmts = [] } = await parsed(source, which)
  return stmts.flatMap(({ stmt, stmt_location: fromByte = 0, stmt_len: byteLength }) => {
    if (stmt === undefined) return []
    const from = source.indexAfterBytes(fromByte)
    const end = byteLength === undefined ? text.length : source.indexAfterBytes(fromByte + byteLength)
    const begin = from + leadingCommentLength(text.slice(from, end))
    const body = text.slice(begin, end)
    const propose = proposeIndex(body)
    return {
      text: body,
      place: source.placeAt(begin),
      proposePlace: propose < 0 ? null : source.placeAt(begin + propose),
      node: stmt,
    }
  })
}

// pg_dump 17.6 and later wrap their output in these two psql commands; blanked, so that every place stays where it is.
function withoutPsqlGuards(text: string): string {
  return text.replace(/^\\(?:un)?restrict\b.*$/gm, (line) => ' '.repeat(line.length))
}

async function parsed(source: SourceText, which: CheckFailure['file']) {
  try {
    return await parse(source.text)
  } catch (error) {
    if (!hasSqlDetails(error) || error.sqlDetails === undefined) throw error
    const { message, cursorPosition } = error.sqlDetails
    throw notSql(message, which, source, indexAfterCodePoints(source.text, cursorPosition))
  }
}

function notSql(message: string, file: CheckFailure['file'], source: SourceText, index: number): CannotCheck {
  return new CannotCheck({
    kind: 'sql',
    file,
    message,
    place: source.placeAt(index),
    sqlState: '42601',
    doInstead: adviceAt(source.text, index),
  })
}

function adviceAt(text: string, index: number): string | null {
  if (/^COPY\b.*\bFROM stdin;/im.test(text.slice(0, index))) {
    return 'Rows after COPY … FROM stdin are not SQL: dump them with `pg_dump --inserts`.'
  }
  if (text[index] === '\\') return 'What begins with a backslash is a command of psql, not SQL: take it out.'
  return null
}
