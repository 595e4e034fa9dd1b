import { existsSync } from 'node:fs'
import path from 'node:path'
import type { MarkdownEnv, MarkdownOptions } from 'vitepress'
import { type Page, REPOSITORY } from './pages.ts'
import { linkTo } from './sidebar.ts'

type MarkdownIt = Parameters<NonNullable<MarkdownOptions['config']>>[0]
type Token = ReturnType<MarkdownIt['parse']>[number]

/**
 * Links in the Markdown are relative to the file they stand in, as a Git host reads them. Here they become links to the
 * site's pages; a link to a file that is no page keeps its text and leads nowhere.
 *
 * @throws Error for a link to a file that does not exist, which ends the build
 */
export function repositoryLinks(pages: readonly Page[]): (markdown: MarkdownIt) => void {
  const byFile = new Map(pages.map((page) => [page.file, page]))
  const pageAt = (file: string) => byFile.get(file) ?? byFile.get(`${file.replace(/\/$/, '')}/README.md`)

  const resolve = (from: string, href: string): { readonly to: string | null } => {
    const [target = '', hash] = href.split('#', 2)
    const file = path.posix.join(path.posix.dirname(from), decodeURI(target))
    const page = file === 'README.md' ? pageAt('apps/docs/README.md') : pageAt(file)
    if (page) return { to: hash === undefined ? linkTo(page) : `${linkTo(page)}#${hash}` }
    if (!existsSync(path.join(REPOSITORY, file))) throw new Error(`Dead link in ${from}: ${href}`)
    return { to: null }
  }

  return (markdown) => {
    markdown.core.ruler.push('repository-links', ({ tokens, env }: { tokens: Token[]; env: MarkdownEnv }) => {
      const from = path
        .relative(REPOSITORY, env.realPath ?? env.path ?? '')
        .split(path.sep)
        .join('/')
      for (const { children } of tokens) if (children) rewriteLinks(children, (href) => resolve(from, href))
    })
  }
}

function rewriteLinks(tokens: Token[], resolve: (href: string) => { readonly to: string | null }): void {
  let isDropping = false
  for (const token of tokens) {
    if (token.type === 'link_open') {
      const href = token.attrGet('href') ?? ''
      if (/^([a-z]+:|#|\/)/i.test(href)) continue
      const { to } = resolve(href)
      if (to !== null) token.attrSet('href', to)
      isDropping = to === null
    }
    if (!isDropping || !token.type.startsWith('link_')) continue
    isDropping = token.type === 'link_open'
    token.type = 'text'
    token.tag = ''
    token.nesting = 0
    token.content = ''
  }
}
