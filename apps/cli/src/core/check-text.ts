import type { CheckResult, SignalFacts } from '@tidegate/checker'
import type { Finding } from '@tidegate/protocol'
import { columns, hanging, wrapped } from './columns.ts'
import { countOf } from './figures.ts'

/** How wide prose is set. */
const WIDTH = 96

/** How a word is made to stand out; gives it back as it is where there is no colour. */
export type Emphasis = (kind: 'good' | 'bad' | 'open' | 'quiet', text: string) => string

/** A dry run for people: what was found and what to do, then what would be told, then the verdict on the last line. */
export function checkText(
  result: CheckResult,
  { file, schemaFile }: { readonly file: string; readonly schemaFile: string },
  emphasis: Emphasis,
): string[] {
  if (result.kind === 'could-not-run') {
    const { failure } = result
    const place = failure.place ? `:${failure.place.line}:${failure.place.column}` : ''
    const name = failure.file === 'migration' ? file : schemaFile
    const sqlState = failure.sqlState === null ? '' : ` (${failure.sqlState})`
    return [
      `${name}${place}: ${failure.message}${sqlState}`,
      ...(failure.doInstead === null ? [] : wrapped(failure.doInstead, WIDTH, '  ')),
      '',
      `${emphasis('bad', 'could not run')}: nothing is known about what ${file} would tell clients`,
    ]
  }
  const findings = result.findings.flatMap((finding) => [...findingText(finding, emphasis), ''])
  const causes = causesText(result)
  return [...findings, ...causes, ...(causes.length > 0 ? [''] : []), verdictText(result, file, emphasis)]
}

function findingText({ ruleId, message, doInstead }: Finding, emphasis: Emphasis): string[] {
  const [first = '', ...rest] = hanging(`${ruleId}  `, message, WIDTH)
  const advice = hanging('       → ', doInstead, WIDTH).map((line) => emphasis('quiet', line))
  return [emphasis('open', ruleId) + first.slice(ruleId.length), ...rest, ...advice]
}

function causesText(result: Exclude<CheckResult, { kind: 'could-not-run' }>): string[] {
  if (result.causes.length === 0) return []
  const atLeast = result.kind === 'inconclusive' ? 'at least ' : ''
  const rows = result.causes.map(({ causeId, signals, proposalCount, accountCount }) => [
    causeId,
    { figure: accountCount === null ? 'everyone' : `${atLeast}${countOf(accountCount, 'account')}` },
    { figure: countOf(signals.length, 'signal') },
    { figure: countOf(proposalCount, 'proposal') },
    scopeText(signals),
  ])
  return columns(rows)
}

function scopeText(signals: readonly SignalFacts[]): string {
  if (signals.some(({ scope }) => scope.kind === 'account')) return 'whole account'
  const names = signals.flatMap(({ scope }) =>
    scope.kind === 'account' ? [] : scope.collections.map(({ collection }) => collection),
  )
  return [...new Set(names)].sort().join(', ')
}

function verdictText(
  result: Exclude<CheckResult, { kind: 'could-not-run' }>,
  file: string,
  emphasis: Emphasis,
): string {
  const { causes, findings } = result
  switch (result.kind) {
    case 'allow':
      return `${emphasis('good', 'allow')}: ${causes.length === 0 ? `${file} tells clients nothing` : `${file} stays within the credit of ${countOf(result.limits.creditAccountCount, 'account')}`}`
    case 'block':
      return `${emphasis('bad', 'block')}: ${countOf(findings.length, 'finding')} in ${file}`
    case 'inconclusive':
      return `${emphasis('open', 'inconclusive')}: signals of ${file} may have gone uncounted`
  }
}
