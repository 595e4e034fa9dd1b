import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A copy of the house's sources in a temporary directory, where a breach can be planted without touching the house. */
export interface HouseCopy extends Disposable {
  readonly root: string
}

/**
 * Copies every file git tracks or would track, and each member's `node_modules`, whose links are relative and so lead to
 * the copies; the root's `node_modules` is linked, not copied.
 */
export function copyHouse(root: string): HouseCopy {
  const copy = mkdtempSync(path.join(tmpdir(), 'tidegate-mutants-'))
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  for (const file of files.split('\n')) {
    if (file === '' || !existsSync(path.join(root, file))) continue
    mkdirSync(path.join(copy, path.dirname(file)), { recursive: true })
    cpSync(path.join(root, file), path.join(copy, file))
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
  const members = [
    ...new Set(files.split('\n').flatMap((file) => file.match(/^(packages\/[^/]+|apps\/[^/]+|test)\//)?.[1] ?? [])),
  ]
  for (const member of members) {
    const links = path.join(root, member, 'node_modules')
    if (existsSync(links)) execFileSync('cp', ['-a', links, path.join(copy, member, 'node_modules')])
  }
  return { root: copy, [Symbol.dispose]: () => rmSync(copy, { recursive: true, force: true }) }
}
