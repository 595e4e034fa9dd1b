import type { DefaultTheme } from 'vitepress'
import type { Page } from './pages.ts'
import { ruleFacts } from './rule-facts.ts'

/** In the order in which a backend team needs them; a guide that is not named here comes after them. */
const GUIDES = ['backend', 'migrations', 'old-clients', 'on-call', 'observability']
const PACKAGES = ['guard', 'client', 'client-spec', 'checker', 'protocol', 'simulator', 'testing']

/** One sidebar for all pages, made of the files: a page cannot be forgotten. */
export function sidebarOf(pages: readonly Page[]): DefaultTheme.SidebarItem[] {
  const under = (folder: string, order: readonly string[] = []) =>
    pages
      .filter(({ route }) => route.startsWith(`${folder}/`) && !route.endsWith('/index.md'))
      .toSorted((left, right) => placeIn(order, left) - placeIn(order, right))
  const group = (text: string, items: readonly Page[], label: (page: Page) => string, more = {}) => ({
    text,
    items: items.map((page) => ({ text: label(page), link: linkTo(page) })),
    ...more,
  })
  const title = ({ title }: Page) => title
  return [
    { text: 'Tidegate', link: '/' },
    group('Guides', under('guides', GUIDES), title),
    group('Rules', under('rules'), ruleLabel, { link: '/rules/', collapsed: true }),
    group('Packages', under('packages', PACKAGES), title),
    group('Programs', under('apps'), title),
    { text: 'Security', items: pages.filter(isAlone).map((page) => ({ text: page.title, link: linkTo(page) })) },
    group('Decisions', under('decisions'), title, { link: '/decisions/', collapsed: true }),
  ]
}

export function linkTo({ route }: Pick<Page, 'route'>): string {
  return `/${route.replace(/(index)?\.md$/, '')}`
}

/** A page beside the folders. */
function isAlone({ route }: Page): boolean {
  return !route.includes('/') && route !== 'index.md'
}

function ruleLabel(page: Page): string {
  const facts = ruleFacts(page)
  return facts ? `${facts.ruleId} ${facts.title}` : page.title
}

function placeIn(order: readonly string[], { route }: Page): number {
  const place = order.indexOf(route.replace(/^.*\//, '').replace(/\.md$/, ''))
  return place === -1 ? order.length : place
}
