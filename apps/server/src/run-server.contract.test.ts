import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openPglite } from '@tidegate/guard/pglite'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))
const TIMEOUT_MS = 90_000

let folder: string
const children: ChildProcess[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-server-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
})
afterAll(() => rm(folder, { recursive: true }))

function start(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, ['--conditions=@tidegate/source', MAIN, '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  return child
}

/** Runs until it ends by itself. */
async function outcome(child: ChildProcess): Promise<{ code: number | null; output: string; errors: string }> {
  let output = ''
  let errors = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  child.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const [code] = await once(child, 'close')
  return { code, output, errors }
}

/** Reads what is printed until a line holds `part`. */
async function printed(child: ChildProcess, part: string): Promise<string> {
  const lines: string[] = []
  const errors: string[] = []
  child.stderr?.on('data', (chunk) => errors.push(String(chunk)))
  if (!child.stdout) throw new Error('the child has no output')
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (line.includes(part)) return lines.join('\n')
  }
  throw new Error(`The server ended before it printed ${part}:\n${lines.join('\n')}\n${errors.join('')}`)
}

const banner = (child: ChildProcess) => printed(child, 'Neighbours')

/** One that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  await new Promise((closed) => server.close(closed))
  return port
}

/** Looks until the data directory has an entry whose name begins so. */
async function entryOf(dataDir: string, prefix: string): Promise<void> {
  const isThere = async () => (await readdir(dataDir).catch(() => [])).some((name) => name.startsWith(prefix))
  while (!(await isThere())) await setTimeout(5)
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  child.kill(signal)
  const [code] = await once(child, 'exit')
  return code
}

test('a wrong option ends with one line and exit code 2', async () => {
  const { code, output, errors } = await outcome(start('--accounts', 'many'))
  expect(code).toBe(2)
  expect(output).toBe('')
  expect(errors.trim().split('\n')).toHaveLength(1)
})

test('a mailbox that is none, and a data directory that cannot be one, end with one line and exit code 2', async () => {
  const file = join(folder, 'a-file')
  await writeFile(file, 'text')
  for (const args of [
    ['--mailbox', join(folder, 'missing')],
    ['--mailbox', file],
    ['--data', join(file, 'below')],
  ]) {
    const { code, errors } = await outcome(start('--data', join(folder, 'unused'), ...args))
    expect({ args, code, lines: errors.trim().split('\n').length }).toEqual({ args, code: 2, lines: 1 })
  }
})

test('a second start on the same data directory is refused with the pid of the first, which SIGTERM ends cleanly', {
  timeout: TIMEOUT_MS,
}, async () => {
  const dataDir = join(folder, 'shared')
  const first = start('--data', dataDir, '--accounts', '3')
  await banner(first)
  const second = await outcome(start('--data', dataDir))
  expect(second.code).toBe(2)
  expect(second.errors).toContain(`process ${first.pid} has it open`)
  expect(second.errors.trim().split('\n')).toHaveLength(1)
  expect(await end(first, 'SIGTERM')).toBe(0)
  expect(existsSync(join(dataDir, 'database.lock'))).toBe(false)
})

test('G7: a record of decisions that somebody changed stops the start in one line, until it is accepted with a reason', {
  timeout: TIMEOUT_MS,
}, async () => {
  const dataDir = join(folder, 'tampered')
  const args = ['--data', dataDir, '--accounts', '3']
  const first = start(...args)
  await banner(first)
  await end(first, 'SIGTERM')
  const database = await openPglite(join(dataDir, 'database'))
  await database.query('UPDATE tidegate_ledger.ledger SET head_event_no = 3')
  await database.close()

  const { code, errors } = await outcome(start(...args))
  expect({ code, lines: errors.trim().split('\n').length }).toEqual({ code: 2, lines: 1 })
  expect(errors).toMatch(/events 1 to 3 are missing.*--accept-broken-chain/)

  for (const more of [['--accept-broken-chain', 'restored by hand'], []]) {
    const child = start(...args, ...more)
    expect(await banner(child)).toContain('3 accounts')
    await end(child, 'SIGTERM')
  }
})

test('killed while the database is made, before and during an import, the next start has every mail exactly once', {
  timeout: 4 * TIMEOUT_MS,
}, async () => {
  const mailCount = 1_500
  const maildir = join(folder, 'maildir')
  await mkdir(join(maildir, 'cur'), { recursive: true })
  for (let at = 0; at < mailCount; at++) {
    const name = String(at).padStart(5, '0')
    await writeFile(join(maildir, 'cur', name), `From: a@example.test\nSubject: mail ${name}\n\n${'text '.repeat(200)}`)
  }
  const dataDir = join(folder, 'killed')
  const args = ['--data', dataDir, '--mailbox', maildir, '--accounts', '10']
  const port = await freePort()
  const moments = [
    () => entryOf(dataDir, 'database.new-'),
    () => entryOf(dataDir, 'database.lock'),
    async (child: ChildProcess) => {
      await printed(child, '500 mails so far')
      // It lives and says why it is not ready, long before it is.
      const [alive, ready] = await Promise.all(
        ['healthz', 'readyz'].map((path) => fetch(`http://127.0.0.1:${port}/${path}`)),
      )
      expect([alive?.status, ready?.status, await ready?.json()]).toEqual([
        200,
        503,
        { isReady: false, reasons: [{ kind: 'starting' }] },
      ])
    },
    (child: ChildProcess) => printed(child, '1000 mails so far'),
  ]
  for (const moment of moments) {
    const child = start(...args, '--port', String(port))
    await moment(child)
    await end(child, 'SIGKILL')
  }
  const child = start(...args)
  const output = await banner(child)
  expect(output).toContain(`${mailCount.toLocaleString('en')} messages`)
  expect(output).toMatch(/imported \d+, 1\d{3} were there already/)
  expect(await end(child, 'SIGINT')).toBe(0)

  const database = await openPglite(join(dataDir, 'database'))
  try {
    const [counts] = await database.query(
      `SELECT count(*) AS messages, count(DISTINCT subject) AS subjects, max(ordinal) AS "lastOrdinal",
           (SELECT count(*) FROM mailbox.body WHERE account_id LIKE 'mailbox-%') AS bodies
         FROM mailbox.message WHERE account_id LIKE 'mailbox-%'`,
    )
    expect(counts).toEqual({ messages: mailCount, subjects: mailCount, lastOrdinal: mailCount, bodies: mailCount })
  } finally {
    await database.close()
  }
})
