import { mkdir, open, readdir, readFile, realpath, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Thrown when another living process has the data directory open. */
export class DataDirectoryInUse extends Error {
  override readonly name = 'DataDirectoryInUse'
  readonly dataDir: string
  readonly holderPid: number

  constructor(dataDir: string, holderPid: number) {
    super(`Cannot open ${dataDir}: process ${holderPid} has it open, and one process at a time may`)
    this.dataDir = dataDir
    this.holderPid = holderPid
  }
}

export interface DataDirectoryLock {
  release(): Promise<void>
}

/** A process, told apart from a later one with the same pid by when it started. */
interface Holder {
  readonly pid: number
  /** Start in clock ticks and the machine's boot, where /proc tells; `-` elsewhere. */
  readonly started: string
}

/** Two that start together: the one that yields needs a moment to remove its claim. 25 × 20 ms, then it is no tie. */
const TIE = { lookCount: 25, waitMs: 20 }

/**
 * Takes a data directory for this process, and creates it when it is not there.
 *
 * A claim is an empty file in `<dataDir>.lock/` whose *name* says who claims, so creating it (O_EXCL) is one atomic step
 * and no half-written lock can exist. Whoever has made its claim looks at the others': dead ones are removed, a living
 * one means that somebody was first. Of two that claim at once, at least one sees the other; the smaller name stays.
 *
 * Holds for processes that see each other's pids: one machine, one container.
 *
 * @throws DataDirectoryInUse when a living process holds it, this one included
 */
export async function lockDataDirectory(dataDir: string): Promise<DataDirectoryLock> {
  await mkdir(dataDir, { recursive: true })
  const directory = await realpath(dataDir) // two names of one directory must meet at one lock
  const folder = `${directory}.lock`
  const self: Holder = { pid: process.pid, started: (await startOf(process.pid)) ?? '-' }
  const claim = path.join(folder, nameOf(self))
  await createClaim(folder, claim, () => new DataDirectoryInUse(dataDir, self.pid))

  for (let look = 1; ; look++) {
    const other = (await livingHolders(folder)).find((holder) => nameOf(holder) !== nameOf(self))
    if (other === undefined) return { release: () => removeClaim(folder, claim) }
    if (nameOf(other) < nameOf(self) || look === TIE.lookCount) {
      await removeClaim(folder, claim)
      throw new DataDirectoryInUse(dataDir, other.pid)
    }
    await sleep(TIE.waitMs)
  }
}

async function createClaim(folder: string, claim: string, inUse: () => Error): Promise<void> {
  for (;;) {
    await mkdir(folder, { recursive: true })
    try {
      return await (await open(claim, 'wx')).close()
    } catch (error) {
      if (hasCode(error, 'EEXIST')) throw inUse()
      if (!hasCode(error, 'ENOENT')) throw error // ENOENT: a release removed the folder just now
    }
  }
}

async function removeClaim(folder: string, claim: string): Promise<void> {
  await rm(claim, { force: true })
  await rmdir(folder).catch(() => undefined) // somebody else's claim may be in it, and then it stays
}

async function livingHolders(folder: string): Promise<Holder[]> {
  const living: Holder[] = []
  for (const name of (await readdir(folder)).sort()) {
    const holder = holderOf(name)
    if (holder === null) continue
    if (await isAlive(holder)) living.push(holder)
    else await rm(path.join(folder, name), { force: true })
  }
  return living
}

function nameOf(holder: Holder): string {
  return `${holder.pid}.${holder.started}`
}

function holderOf(name: string): Holder | null {
  const match = /^([1-9]\d*)\.(-|\d+-[0-9a-f]+)$/.exec(name)
  return match?.[1] && match[2] ? { pid: Number(match[1]), started: match[2] } : null
}

async function isAlive(holder: Holder): Promise<boolean> {
  if (!isRunning(holder.pid)) return false
  const started = await startOf(holder.pid)
  // A pid that was given to a later process is not the holder; in a container the server is pid 1 every time.
  return started === null || holder.started === '-' || started === holder.started
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasCode(error, 'EPERM') // somebody else's process, but a process
  }
}

/** @returns when a process started, as `<ticks>-<boot>`; null where there is no /proc, or no such process */
async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    // Field 22 of proc(5); field 2 is the program's name in parentheses, and may hold spaces and parentheses itself.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return ticks === undefined ? null : `${ticks}-${bootId.replaceAll(/[^0-9a-f]/g, '').slice(0, 12)}`
  } catch {
    return null
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
