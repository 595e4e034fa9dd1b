import path from 'node:path'
import type { GuideWorld } from './guide-shell.ts'

/** The guides that are run from their first block to their last, each with the world it begins in. */
export const GUIDES = {
  backend: 'empty-database',
  'on-call': 'running-server',
  migrations: 'no-server',
} as const satisfies Record<string, GuideWorld>

export function guideFile(name: string): string {
  return path.resolve(import.meta.dirname, `../../apps/docs/guides/${name}.md`)
}
