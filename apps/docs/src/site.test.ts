import { createMarkdownRenderer } from 'vitepress'
import { expect, test } from 'vitest'
import { withPageList } from './page-list.ts'
import { findPages, type Page, routeOf } from './pages.ts'
import { repositoryLinks } from './repository-links.ts'
import { ruleFacts } from './rule-facts.ts'
import { linkTo, sidebarOf } from './sidebar.ts'

const pages = findPages()

test('every page of the repository that the site shows is in the sidebar, once', () => {
  const links = sidebarOf(pages).flatMap(({ link, items }) => [link, ...(items ?? []).map((item) => item.link)])
  const listed = links.filter((link) => link !== undefined).toSorted()
  const wanted = pages.map(linkTo).filter((link) => link !== '/guides/')
  expect(listed).toEqual(wanted.toSorted())
})

test('READMEs stand under the name of what they are about', () => {
  expect(routeOf('apps/docs/README.md')).toBe('index.md')
  expect(routeOf('apps/docs/rules/README.md')).toBe('rules/index.md')
  expect(routeOf('packages/guard/README.md')).toBe('packages/guard.md')
  expect(routeOf('packages/client/SPEC.md')).toBe('packages/client-spec.md')
})

test('the list of rules tells id, severity and title of every one', () => {
  const list = withPageList(pages, 'apps/docs/rules/README.md', '<!-- the pages of this folder -->')
  const rules = pages.map(ruleFacts).filter((facts) => facts !== null)
  expect(rules.length).toBeGreaterThan(20)
  for (const { ruleId, title, severity } of rules) {
    expect(list).toContain(`| [${ruleId}](${ruleId}.md) | \`${severity}\` | [${title}](${ruleId}.md) |`)
  }
})

test('a rule’s page that does not say what it weighs ends the build', () => {
  expect(() => ruleFacts(aPage({ title: 'TG999: A rule' }))).toThrow('apps/docs/a.md')
})

test('links of a file in the repository become links of the site', async () => {
  expect(await rendered('[rule](rules/TG005.md#an-example)')).toContain('href="/rules/TG005.html#an-example"')
  expect(await rendered('[guard](../../packages/guard/README.md)')).toContain('href="/packages/guard.html"')
  expect(await rendered('[all rules](rules/)')).toContain('href="/rules/"')
})

test('a link to a file that is no page keeps its text', async () => {
  const html = await rendered('See [`the cores`](../../packages/guard/src/core/in-force.ts), please.')
  expect(html).toContain('See <code')
  expect(html).not.toContain('href')
})

test('a link that leads nowhere ends the build', async () => {
  await expect(rendered('[gone](rules/TG999.md)')).rejects.toThrow('Dead link in apps/docs/a.md: rules/TG999.md')
})

/** Markdown as it would be shown if it stood in `apps/docs/a.md`. */
async function rendered(text: string): Promise<string> {
  const markdown = await createMarkdownRenderer('.', { config: repositoryLinks(pages) })
  return markdown.renderAsync(text, { path: new URL('../a.md', import.meta.url).pathname, cleanUrls: false })
}

function aPage(page: Partial<Page>): Page {
  return { file: 'apps/docs/a.md', route: 'a.md', title: 'A page', text: '', ...page }
}
