import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { PostgresServer } from '@tidegate/guard/testing'

/**
 * Stops all processes of a server where they stand: connections stay, and nothing answers.
 *
 * @returns lets them go on
 */
export function freezePostgres({ folder }: PostgresServer): () => void {
  const [first] = readFileSync(path.join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')
  const server = Number(first)
  // The one that starts the others comes first, so that none is missed.
  process.kill(server, 'SIGSTOP')
  const children = readFileSync(`/proc/${server}/task/${server}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number)
  for (const pid of children) process.kill(pid, 'SIGSTOP')
  return () => {
    for (const pid of [...children, server]) process.kill(pid, 'SIGCONT')
  }
}
