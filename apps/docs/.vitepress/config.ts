import path from 'node:path'
import { defineConfig } from 'vitepress'
import { fileNames } from '../src/file-names.ts'
import { withPageList } from '../src/page-list.ts'
import { findPages, REPOSITORY, routeOf } from '../src/pages.ts'
import { repositoryLinks } from '../src/repository-links.ts'
import { sidebarOf } from '../src/sidebar.ts'

/** The console's. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='3' fill='%230b6478'/%3E%3Cpath d='M2 6q2-2 4 0t4 0 4 0M2 11q2-2 4 0t4 0 4 0' fill='none' stroke='%23fff' stroke-width='1.5'/%3E%3C/svg%3E"

const pages = findPages()
const shown = new Set(pages.map(({ file }) => file))

// The pages are Markdown files of the whole repository, so that READMEs are pages where they are. Links that lead
// nowhere end the build, fonts are the system's, and the search index is a file of the site's own.
export default defineConfig({
  title: 'Tidegate',
  description: 'A reset is a request to verify, not an order to discard.',
  lang: 'en',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: ICON }]],
  srcDir: '../..',
  srcExclude: ['*.md', 'test/**', 'packages/*/!(README|SPEC).md', 'packages/*/*/**', 'apps/!(docs)/*/**', '.*/**'],
  outDir: 'dist',
  cacheDir: 'node_modules/.vitepress',
  rewrites: routeOf,
  ignoreDeadLinks: false,
  markdown: {
    theme: { light: 'github-light', dark: 'github-dark' },
    config(markdown) {
      repositoryLinks(pages)(markdown)
      fileNames(markdown)
    },
  },
  vite: {
    plugins: [
      {
        name: 'tidegate-pages',
        enforce: 'pre',
        // A page that lies outside this package becomes a component all the same, and Vue is here.
        resolveId(id, importer) {
          if (!/^vue(\/|$)/.test(id) || !importer?.endsWith('.md')) return null
          return this.resolve(id, import.meta.filename, { skipSelf: true })
        },
        transform(text, id) {
          const file = path.relative(REPOSITORY, id).split(path.sep).join('/')
          return shown.has(file) ? withPageList(pages, file, text) : null
        },
      },
    ],
  },
  themeConfig: {
    nav: [
      { text: 'Guides', link: '/guides/', activeMatch: '^/guides/' },
      { text: 'Rules', link: '/rules/', activeMatch: '^/rules/' },
      { text: 'Packages', link: '/packages/guard', activeMatch: '^/(packages|apps)/' },
      { text: 'Threat model', link: '/threat-model' },
    ],
    sidebar: sidebarOf(pages),
    outline: [2, 3],
    search: { provider: 'local' },
    docFooter: { prev: false, next: false },
  },
})
