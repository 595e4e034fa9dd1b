import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempDisposableSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { preparedImage } from '../testing/memory-pglite.ts'
import { DataDirectoryInUse, lockDataDirectory } from './data-directory-lock.ts'
import { openPglite } from './sql/pglite-database.ts'

test('a second start in the same process is refused with the holder, a start after close is not', async () => {
  const dataDir = aDataDir()
  const lock = await lockDataDirectory(dataDir)
  await expect(lockDataDirectory(dataDir)).rejects.toEqual(new DataDirectoryInUse(dataDir, process.pid))
  await lock.release()
  await (await lockDataDirectory(dataDir)).release()
  expect(existsSync(`${dataDir}.lock`)).toBe(false)
})

test('another name of the same directory meets the same lock', async () => {
  const dataDir = aDataDir()
  const lock = await lockDataDirectory(dataDir)
  symlinkSync(dataDir, `${dataDir}-alias`)
  await expect(lockDataDirectory(`${dataDir}-alias`)).rejects.toBeInstanceOf(DataDirectoryInUse)
  await lock.release()
})

test('a directory held by another process is refused with its pid; when it is killed the next start works and finds what was acknowledged', async () => {
  const dataDir = aDataDir()
  const holder = await aProcess(`
    import { openPglite } from '${sourceOf('sql/pglite-database.ts')}'
    import { preparedImage } from '${sourceOf('../testing/memory-pglite.ts')}'
    const db = await openPglite('${dataDir}', { image: await preparedImage() })
    await db.script('create table kept (n int8)')
    await db.query('insert into kept values (42)')
    console.log('acknowledged')
    setInterval(() => {}, 1000)`)
  await saysLine(holder, 'acknowledged')
  await expect(openPglite(dataDir)).rejects.toEqual(new DataDirectoryInUse(dataDir, holder.pid ?? 0))

  const gone = new Promise((resolve) => holder.once('exit', resolve))
  holder.kill('SIGKILL')
  await gone
  const db = await openPglite(dataDir)
  expect(await db.query('select n from kept')).toEqual([{ n: 42 }])
  await db.close()
})

test('a lock whose pid now belongs to a process that started later is taken over', async () => {
  const dataDir = aDataDir()
  await mkdir(`${dataDir}.lock`)
  writeFileSync(path.join(`${dataDir}.lock`, `${process.ppid}.1-0123456789ab`), '')
  const lock = await lockDataDirectory(dataDir)
  expect(readdirSync(`${dataDir}.lock`)).toHaveLength(1)
  await lock.release()
})

test('of several processes that start together exactly one gets the directory', async () => {
  const dataDir = aDataDir()
  const contenders = await Promise.all(
    Array.from({ length: 4 }, () =>
      aProcess(`
        import { lockDataDirectory } from '${sourceOf('data-directory-lock.ts')}'
        process.stdin.once('data', () => lockDataDirectory('${dataDir}').then(
          () => { console.log('holds'); setInterval(() => {}, 1000) },
          (error) => { console.log(error.name); process.exit() },
        ))
        console.log('ready')`),
    ),
  )
  await Promise.all(contenders.map((each) => saysLine(each, 'ready')))
  const outcomes = contenders.map((each) => saysLine(each, 'holds', 'DataDirectoryInUse'))
  for (const each of contenders) each.stdin?.write('go\n')
  expect((await Promise.all(outcomes)).sort()).toEqual([...Array(3).fill('DataDirectoryInUse'), 'holds'])
})

test('a directory that PGlite cannot open leaves no lock behind', async () => {
  const dataDir = aDataDir()
  await mkdir(dataDir)
  writeFileSync(path.join(dataDir, 'PG_VERSION'), 'not a version')
  await expect(openPglite(dataDir)).rejects.toThrow()
  expect(existsSync(`${dataDir}.lock`)).toBe(false)
})

test('a database on disk is there again after close', async () => {
  const dataDir = aDataDir()
  const first = await openPglite(dataDir, { image: await preparedImage() })
  await first.script('create table t (n int8); insert into t values (1)')
  await first.close()
  const second = await openPglite(dataDir)
  expect(await second.query('select n from t')).toEqual([{ n: 1 }])
  await second.close()
})

function aDataDir(): string {
  const folder = mkdtempDisposableSync(path.join(tmpdir(), 'tidegate-data-'))
  onTestFinished(() => folder.remove())
  return path.join(folder.path, 'data')
}

function sourceOf(file: string): string {
  return new URL(file, import.meta.url).href
}

async function aProcess(program: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--conditions=@tidegate/source', '--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** @returns the first line said that is one of `lines` */
function saysLine(child: ChildProcess, ...lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const said = text.split('\n').find((line) => lines.includes(line))
      if (said !== undefined) resolve(said)
    })
    child.once('exit', (code) =>
      reject(new Error(`the process ended with ${code} before it said ${lines.join(' or ')}`)),
    )
  })
}
