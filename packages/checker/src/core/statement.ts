import type { Node } from 'libpg-query'
import type { SourcePlace } from './source-text.ts'

/** One statement of a file, as PostgreSQL's own parser cut it. */
export interface Statement {
  /** From its first word on: no comment or white space before it. */
  readonly text: string
  readonly place: SourcePlace
  /** Where the file says `propose` within it; null when it does not. */
  readonly proposePlace: SourcePlace | null
  readonly node: Node
}

/** @returns the length of the white space and comments that `text` begins with */
export function leadingCommentLength(text: string): number {
  return /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/.exec(text)?.[0].length ?? 0
}

/** @returns the index of the word `propose` outside comments, or -1; comments keep their length, so the index is the file's */
export function proposeIndex(text: string): number {
  const blanked = text.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
  return blanked.search(/\btidegate"?\s*\.\s*"?propose\b/i)
}

/** Statements that only write down a call of `propose`, to be made later. */
const DEFINITIONS = ['CreateFunctionStmt', 'CreateTrigStmt', 'ViewStmt', 'RuleStmt', 'PrepareStmt', 'CommentStmt']

/** @returns whether running the statement calls `tidegate.propose`, as far as its own text says */
export function callsPropose({ proposePlace, node }: Statement): boolean {
  return proposePlace !== null && !DEFINITIONS.some((name) => name in node)
}
