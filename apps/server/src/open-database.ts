import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openPglite } from '@tidegate/guard/pglite'
import type { SqlDatabase } from '@tidegate/guard/sql'
import { StartError } from './options.ts'

const DATABASE = 'database'
const UNFINISHED = 'database.new-'

/**
 * Opens the database in a data directory, and makes it when there is none: beside its place, then moved there in one
 * step, because a PostgreSQL directory that a kill left half made would never open again.
 *
 * @throws DataDirectoryInUse when another living process holds it; StartError when the directory cannot be made
 */
export async function openDatabase(dataDir: string): Promise<SqlDatabase> {
  await mkdir(dataDir, { recursive: true }).catch((error: Error) => {
    throw new StartError(`Cannot use the data directory ${dataDir}: ${error.message}`)
  })
  const path = join(dataDir, DATABASE)
  const entries = await readdir(dataDir)
  if (!entries.includes(DATABASE)) {
    const unfinished = join(dataDir, `${UNFINISHED}${process.pid}`)
    await rm(unfinished, { recursive: true, force: true })
    await (await openPglite(unfinished)).close()
    await rename(unfinished, path).catch(async (error: NodeJS.ErrnoException) => {
      // Another process that started at the same moment was faster; the lock below decides whose it is.
      await rm(unfinished, { recursive: true, force: true })
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  }
  const database = await openPglite(path)
  for (const name of entries.filter((each) => each.startsWith(UNFINISHED) && !isLiving(pidOf(each)))) {
    await rm(join(dataDir, name), { recursive: true, force: true })
  }
  return database
}

function pidOf(name: string): number {
  return Number.parseInt(name.slice(UNFINISHED.length), 10)
}

/** A later process may have the pid; then the leftover waits for another start. */
function isLiving(pid: number): boolean {
  if (Number.isNaN(pid) || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
