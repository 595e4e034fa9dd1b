import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** A Markdown file of the repository that the site shows. */
export interface Page {
  /** From the repository's root, with slashes. */
  readonly file: string
  /** Where the site has it, as a file: `rules/TG005.md`; `index.md` is the home. */
  readonly route: string
  /** Its first heading, as plain text. */
  readonly title: string
  readonly text: string
}

export const REPOSITORY = path.resolve(import.meta.dirname, '../../..')

const SHOWN = ['apps/docs/**/*.md', 'apps/*/README.md', 'packages/*/{README,SPEC}.md']

/** Every page there is, by its file's name. A file that is added is on the site; nothing lists them by hand. */
export function findPages(): readonly Page[] {
  return globSync(SHOWN, { cwd: REPOSITORY, exclude: (name) => /(^|\/)(node_modules|dist)$/.test(name) })
    .map((file) => file.split(path.sep).join('/'))
    .toSorted()
    .map((file) => {
      const text = readFileSync(path.join(REPOSITORY, file), 'utf8')
      return { file, route: routeOf(file), title: titleOf(text) ?? file, text }
    })
}

/** Pages of the docs lie where their folders are; those of packages and programs are named after them. */
export function routeOf(file: string): string {
  return file
    .replace(/^apps\/docs\//, '')
    .replace(/^(packages|apps)\/([^/]+)\/README\.md$/, '$1/$2.md')
    .replace(/^packages\/([^/]+)\/SPEC\.md$/, 'packages/$1-spec.md')
    .replace(/(^|\/)README\.md$/, '$1index.md')
}

function titleOf(text: string): string | undefined {
  return /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '')
}
