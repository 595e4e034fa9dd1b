import type { Page } from './pages.ts'
import { ruleFacts } from './rule-facts.ts'

/** Where a folder's README wants its list; on a Git host the folder's own listing stands in its place. */
const MARK = '<!-- the pages of this folder -->'

/** @returns the text of a page with the list of its folder's pages, when it asks for one */
export function withPageList(pages: readonly Page[], file: string, text: string): string {
  if (!text.includes(MARK)) return text
  const folder = file.slice(0, file.lastIndexOf('/') + 1)
  const listed = pages.filter((page) => page.file.startsWith(folder) && page.file !== file)
  return text.replace(MARK, listOf(listed, folder).join('\n'))
}

function listOf(pages: readonly Page[], folder: string): readonly string[] {
  const link = ({ file }: Page, text: string) => `[${text}](${file.slice(folder.length)})`
  const rules = pages.map((page) => ({ page, facts: ruleFacts(page) }))
  if (!rules.some(({ facts }) => facts)) return pages.map((page) => `- ${link(page, page.title)}`)
  return [
    '| rule | severity | it speaks of |',
    '| --- | --- | --- |',
    ...rules.flatMap(({ page, facts }) =>
      facts ? [`| ${link(page, facts.ruleId)} | \`${facts.severity}\` | ${link(page, facts.title)} |`] : [],
    ),
  ]
}
