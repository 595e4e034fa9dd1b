import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { checkMigration } from '@tidegate/checker'
import { installOutbox, openLedger } from '@tidegate/guard'
import { openMemoryPglite, preparedImage } from '@tidegate/guard/testing'
import { Actor, Cause, Manifest, ResourceId, Status } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { OPERATOR_TOKEN, startServerProcess } from '../e2e/support/server-process.ts'

// A manifest is a declaration, so what happens when it declares less than the migration does? (J1, J2)
const incidents = path.resolve(import.meta.dirname, '../incidents')
const july = path.join(incidents, 'july-2023.sql')
const migrationSql = readFileSync(july, 'utf8')
const schemaSql = readFileSync(path.join(incidents, 'mailbox-5000.sql'), 'utf8')

test('the July manifest, declared smaller by hand, makes the guard hold the difference', async () => {
  const result = await checkMigration({ migrationSql, schemaSql, emptyDatabase: await preparedImage() })
  expect(result).toMatchObject({ kind: 'block', manifests: [{ accountCount: 5000 }] })
  const [measured] = 'manifests' in result ? result.manifests : []
  const manifest = Manifest.parse({ ...measured, accountCount: 7 })

  const database = await openMemoryPglite()
  try {
    await database.script(schemaSql)
    await installOutbox(database)
    const shard = ResourceId.parse('shard-1')
    const ledger = await openLedger({
      database,
      outboxes: [{ name: 'mailbox', database }],
      resources: { resources: [{ resourceId: shard, capacityBytesPerSecond: 1e12 }], resourceOf: () => shard },
      newId: randomUUID,
    })
    const by = Actor.parse('ada')
    const { causeId } = manifest
    const nowMs = Date.now()
    await ledger.registerCause(
      Cause.parse({ causeId, kind: 'migration', title: 'Labels', owner: 'ada', manifest }),
      by,
      nowMs,
    )
    await database.script(migrationSql)
    await ledger.judge(nowMs)

    const { causes } = await ledger.overview(nowMs)
    const [signal] = causes.find(({ cause }) => cause.causeId === causeId)?.signals ?? []
    expect(signal).toMatchObject({
      state: 'held',
      audienceAccountCount: 5000,
      inForceAccountCount: 7,
      verdict: { kind: 'hold', canaryAccountCount: 7, heldAccountCount: 4993 },
    })
    const wider = signal?.verdict.findings.find(({ ruleId }) => ruleId === 'TG002')
    expect(wider?.message).toBe(`${causeId} goes beyond its manifest: 5,000 accounts where it declared 7.`)
  } finally {
    await database.close()
  }
})

test('the same with the built command on a running server: checked, registered, held, released, revoked', async () => {
  using folder = mkdtempDisposableSync(path.join(tmpdir(), 'tidegate-manifest-'))
  await using server = await startServerProcess({ dataDir: path.join(folder.path, 'data'), accountCount: 60 })
  const accountCount = 61 // and the owner
  const tidegate = (...args: string[]) => runTidegate(args, server.url)
  const manifestFile = path.join(folder.path, 'manifest.json')

  const schema = path.join(incidents, 'mailbox-5000.sql')
  expect(tidegate('check', july, '--schema', schema, '--manifest', manifestFile).exitCode).toBe(1)
  const [measured] = Manifest.array().parse(JSON.parse(readFileSync(manifestFile, 'utf8')))
  writeFileSync(manifestFile, JSON.stringify([{ ...measured, accountCount: 7 }]))

  const migrated = tidegate('migrate', july, '--register', manifestFile)
  expect(migrated).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`61 accounts  7 in force`) })
  const held = tidegate('holds', '--json')
  const { causes } = Status.pick({ causes: true }).parse(JSON.parse(held.stdout))
  expect(causes).toMatchObject([
    { signals: [{ state: 'held', inForceAccountCount: 7, audienceAccountCount: accountCount }] },
  ])

  const causeId = measured?.causeId ?? ''
  expect(
    tidegate('approve', causeId, '--reason', 'meant', '--plan', '50%,100%', '--window', '1s', '--bake', '1h'),
  ).toMatchObject({
    exitCode: 0,
    stdout: `approved: ${causeId}, 1 signal for 61 accounts\n`,
  })
  expect(tidegate('holds')).toMatchObject({ exitCode: 0, stdout: 'nothing is held\n' })
  expect(tidegate('status').stdout).toContain('released at 50 %')
  const revoked = z.object({ signalCount: z.literal(1), neverBegunAccountCount: z.literal(accountCount) })
  revoked.parse(JSON.parse(tidegate('revoke', causeId, '--reason', 'was wrong', '--json').stdout))
  expect(tidegate('advance', 'nobody', '--reason', 'x')).toMatchObject({ exitCode: 1, stdout: '' })
  expect(tidegate('modes', '--client', 'observe', '--reason', 'a trial').stdout).toBe(
    'guard enforce, clients observe\n',
  )
})

test('a manifest that was pushed beforehand holds what goes beyond it, with the difference, and stands from then on', async () => {
  using folder = mkdtempDisposableSync(path.join(tmpdir(), 'tidegate-manifest-'))
  await using server = await startServerProcess({ dataDir: path.join(folder.path, 'data'), accountCount: 60 })
  const tidegate = (...args: string[]) => runTidegate(args, server.url)
  const manifestFile = path.join(folder.path, 'manifest.json')
  const manifest = {
    manifestVersion: 1,
    causeId: 'labels-2023-07',
    actions: ['verify'],
    wholeAccount: false,
    collections: ['messages'],
    clientClasses: ['bridge'],
    proposalCount: 1,
    accountCount: 3,
    sourceSha256: '0'.repeat(64),
  }
  const push = (changes: object, ...flags: string[]) => {
    writeFileSync(manifestFile, JSON.stringify([Manifest.parse({ ...manifest, ...changes })]))
    return tidegate('manifest', 'push', manifestFile, ...flags)
  }
  expect(push({ accountCount: 2 }, '--title', 'Renumber labels').exitCode).toBe(0)
  const window = ['--from', '2023-07-25T11:00Z', '--until', '2023-07-25T12:00Z']
  expect(push({}, ...window)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining(
      'declared: labels-2023-07 may tell 3 accounts (bridge alone) in 1 proposal to verify messages, from 2023-07-25T11:00:00Z until 2023-07-25T12:00:00Z',
    ),
  })

  const migration = path.join(folder.path, 'wider.sql')
  writeFileSync(
    migration,
    `SELECT tidegate.propose(cause => 'labels-2023-07', accounts => ARRAY(SELECT account_id FROM mailbox.account),
       action => 'refetch', reason => 'labels were renumbered', expires_in => interval '1 day');`,
  )
  expect(tidegate('migrate', migration)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('0 in force') })
  const { causes } = Status.pick({ causes: true }).parse(JSON.parse(tidegate('holds', '--json').stdout))
  expect(causes).toMatchObject([{ cause: { title: 'Renumber labels' } }])
  const findings = causes[0]?.signals[0]?.verdict.findings ?? []
  expect(findings.map(({ ruleId }) => ruleId)).toEqual(expect.arrayContaining(['TG002', 'TG014', 'TG016']))
  expect(findings.find(({ ruleId }) => ruleId === 'TG002')?.message).toBe(
    'labels-2023-07 goes beyond its manifest: action refetch where it declared verify; clients of every class where it declared bridge clients; the whole account where it declared messages; 61 accounts where it declared 3.',
  )

  expect(push({ accountCount: 61 })).toMatchObject({ exitCode: 1, stdout: '' })
  expect(push({}).exitCode).toBe(0)
})

/** The command as it is installed, from its build. */
function runTidegate(args: readonly string[], server: string): { exitCode: number; stdout: string } {
  const bin = path.resolve(import.meta.dirname, '../../apps/cli/bin/tidegate.js')
  const env = { PATH: process.env.PATH, TIDEGATE_SERVER: server, TIDEGATE_TOKEN: OPERATOR_TOKEN }
  try {
    return {
      exitCode: 0,
      stdout: execFileSync(process.execPath, [bin, ...args], { env, encoding: 'utf8', stdio: 'pipe' }),
    }
  } catch (error) {
    return z
      .object({ status: z.int(), stdout: z.string() })
      .transform(({ status, stdout }) => ({ exitCode: status, stdout }))
      .parse(error)
  }
}
