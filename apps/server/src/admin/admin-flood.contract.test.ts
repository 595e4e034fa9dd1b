import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pretendRandom } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import { DEFAULT_OPTIONS } from '../options.ts'
import { startServer } from '../start-server.ts'

const OPERATOR_TOKEN = 'an-operator-token-for-tests'
const seed = Number(process.env.TIDEGATE_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))
const random = pretendRandom(seed)
/** Of an answer: what it quotes of a request must not be as long as that may be. */
const LONGEST_ANSWER = 20_000
const HANG_MS = 20_000
const OPERATOR_KEY = `Bearer ${OPERATOR_TOKEN}`
const OTHER_KEYS = ['', 'Bearer', 'Bearer x', `Basic ${OPERATOR_TOKEN}`, `${OPERATOR_KEY}x`, OPERATOR_KEY.slice(0, -1)]
const PIECES = [
  '\0',
  '(',
  ')',
  "'",
  '"',
  '$$',
  ';',
  '--',
  '/*',
  '\ud800',
  '�',
  ' ',
  'x'.repeat(5_000),
  '[',
  '{',
  'null',
]

const FILES = [
  'SELECT 1',
  "CREATE TEMP TABLE note (id int); INSERT INTO note VALUES (1); SELECT count(*) FROM note WHERE id IN ('1', '2')",
  "DO $$ BEGIN PERFORM 1; END $$; SELECT 'COMMIT'; SAVEPOINT s; ROLLBACK TO s",
]
/** Files that break out, wait for somebody, cost much or touch what is not theirs; afterwards all must be as before. */
const HOSTILE_FILES = [
  ...[
    'COPY mailbox.message FROM STDIN',
    'COPY (SELECT 1) TO STDOUT',
    'VACUUM',
    'DISCARD ALL',
    'BEGIN',
    'SET ROLE nobody',
  ],
  ...[
    'DROP SCHEMA tidegate_ledger CASCADE',
    'TRUNCATE tidegate_ledger.token',
    'DROP SCHEMA tidegate CASCADE; SELECT 1/0',
  ],
  ...["SET session_replication_role = 'replica'", 'SELECT pg_terminate_backend(1)', "SELECT 'x'::int", '\0', '', ';;;'],
  `SELECT ${'('.repeat(100_000)}1${')'.repeat(100_000)}`,
  'x'.repeat(3_000_000),
  `-- ${'x'.repeat(9_000_000)}`,
  `DO $$ BEGIN RAISE EXCEPTION '%', repeat('x', 1000000); END $$`,
  'CREATE FUNCTION pg_temp.endless(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN pg_temp.endless(n + 1); END $$; SELECT pg_temp.endless(1)',
  `SELECT tidegate.propose(cause => repeat('c', 10000), account => E'\\n', reason => repeat('r', 10000))`,
]
const TOKENS = [
  { name: 'ci', roles: ['author'], expiresInMs: 60_000 },
  { name: 'ci', reason: 'it was in a log' },
  { name: 'it\ud800', reason: 'x\0y' },
]
const REASONS = ['x\0y', 'x\ud800y', ' ', 'r'.repeat(1_001), '\u202e']

test('whatever is sent to the operators’ own routes, it is answered, shortly and never as a failure of ours', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tidegate-flood-'))
  const logged: unknown[] = []
  const server = await startServer(
    { ...DEFAULT_OPTIONS, port: 0, mailboxPath: null, accountCount: 4, dataDir, operatorToken: OPERATOR_TOKEN },
    { nowMs: Date.now, log: (entry) => logged.push(entry), onProgress: () => undefined },
  )
  const faults: string[] = []
  const counts: Record<string, number> = {}
  const send = async (path: string, body: string, key = OPERATOR_KEY) => {
    const headers = { authorization: key, 'content-type': 'application/json' }
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(HANG_MS),
    })
    const text = await response.text()
    counts[response.status] = (counts[response.status] ?? 0) + 1
    const isRefused = response.status === 401 || response.status === 403
    if (response.status >= 500 || text.length > LONGEST_ANSWER || (key !== OPERATOR_KEY) !== isRefused) {
      faults.push(`${response.status} ${text.slice(0, 200)} (${text.length}) to ${path} ${key} ${body.slice(0, 200)}`)
    }
    return { status: response.status, body: text }
  }
  try {
    for (const file of HOSTILE_FILES) {
      await send('/admin/migrate', file)
      expect((await send('/admin/migrate', 'SELECT 1')).status, `after ${file.slice(0, 80)}`).toBe(200)
    }
    await send('/admin/tokens', JSON.stringify(TOKENS[0]))
    for (const reason of REASONS) await send('/admin/tokens/revoke', JSON.stringify({ name: 'ci', reason }))
    for (let at = 0; at < 2_400; at++) {
      const isMigration = at % 6 === 0
      const path = isMigration ? '/admin/migrate' : pick(['/admin/tokens', '/admin/tokens/revoke'])
      const good = isMigration ? pick(FILES) : JSON.stringify(pick(TOKENS))
      await send(path, random() < 0.5 ? good : mutated(good), random() < 0.3 ? pick(OTHER_KEYS) : OPERATOR_KEY)
    }
    process.stdout.write(`bad input: operators' routes, TIDEGATE_TEST_SEED=${seed} ${JSON.stringify(counts)}\n`)
    expect(faults.slice(0, 10)).toEqual([])
    expect(logged).toEqual([])
    const audit = await fetch(`${server.url}/tidegate/audit?input={}`, { headers: { authorization: OPERATOR_KEY } })
    expect(await audit.json()).toMatchObject({ result: { data: { isIntact: true } } })
  } finally {
    await server.close()
    await rm(dataDir, { recursive: true })
  }
})

/** With one piece put in, taken out, or all behind a place cut off. */
function mutated(text: string): string {
  const at = Math.floor(random() * text.length)
  const chance = random()
  if (chance < 0.2) return text.slice(0, at)
  return text.slice(0, at) + (chance < 0.8 ? pick(PIECES) : '') + text.slice(chance < 0.5 ? at : at + 1)
}

function pick<Value>(values: readonly [Value, ...Value[]] | readonly Value[]): Value {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new RangeError('Cannot pick from nothing')
  return value
}
