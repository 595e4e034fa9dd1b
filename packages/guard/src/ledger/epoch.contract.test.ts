import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Actor } from '@tidegate/protocol'
import { describe, expect, test } from 'vitest'
import type { Ledger } from '../core/ledger.ts'
import { openPglite } from '../edge/sql/pglite-database.ts'
import { openPostgres } from '../edge/sql/postgres-database.ts'
import type { SqlDatabase } from '../sql.ts'
import { aCause, aLedger, NOW_MS } from '../testing/a-ledger.ts'
import { preparedImage } from '../testing/memory-pglite.ts'
import { type MovableDatabase, movableDatabase } from '../testing/movable-database.ts'
import { hasPostgres, type PostgresServer, postgresBinaries, startPostgres } from '../testing/postgres-server.ts'

const ADA = Actor.parse('ada')

/** A ledger in a database that a test moves to a copy of it. */
interface Scene extends AsyncDisposable {
  readonly database: MovableDatabase
  readonly nodes: readonly Ledger[]
  readonly first: Ledger
  readonly last: Ledger
}

async function sceneOn(start: SqlDatabase, end: () => Promise<void>): Promise<Scene> {
  const database = movableDatabase(start)
  const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => aLedger(database)))
  const last = others.at(-1)
  if (!first || !last) throw new Error('no node was opened')
  return { database, nodes: [first, ...others], first, last, [Symbol.asyncDispose]: end }
}

async function decide(node: Ledger, ...causeIds: readonly string[]): Promise<void> {
  for (const causeId of causeIds) await node.registerCause(aCause(causeId), ADA, NOW_MS)
}

function readEpochs({ nodes }: Scene) {
  return Promise.all(nodes.map((node) => node.readEpoch(NOW_MS)))
}

async function epochsBegun({ first }: Scene, database: SqlDatabase): Promise<unknown[]> {
  expect(await first.audit({})).toMatchObject({ isIntact: true })
  const rows = await database.query<{ evidence: unknown }>(
    `SELECT evidence FROM tidegate_ledger.event WHERE kind = 'epoch-begun' ORDER BY event_no`,
  )
  return rows.map(({ evidence }) => evidence)
}

/** Four nodes notice at once: one of them begins the new epoch, and none of them begins another afterwards. */
async function expectOneNewEpoch(scene: Scene, because: 'tail-lost' | 'store-changed'): Promise<void> {
  const { database, first } = scene
  const before = (await database.query<{ epoch: string }>('SELECT epoch FROM tidegate_ledger.ledger'))[0]?.epoch
  const begun = (await readEpochs(scene)).flatMap((reading) => reading.begun ?? [])
  expect(begun).toMatchObject([{ because, epochBefore: before }])
  const [after, ...others] = await readEpochs(scene)
  expect(after).toEqual({ epoch: expect.not.stringMatching(before ?? ''), begun: null })
  expect(others).toEqual([after, after, after])
  expect(await epochsBegun(scene, database)).toEqual([{ epoch: after?.epoch, ...begun[0] }])
  expect(await first.snapshot(null)).toMatchObject({ epoch: after?.epoch })
}

describe('PGlite', () => {
  /** A ledger of two decisions, of which there is a backup. */
  async function withBackup(): Promise<{ scene: Scene; openBackup: () => Promise<SqlDatabase> }> {
    const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-epoch-'))
    const [data, backup] = [path.join(folder, 'data'), path.join(folder, 'backup')]
    const before = await openPglite(data, { image: await preparedImage() })
    await decide(await aLedger(before), 'one', 'two')
    await before.close()
    cpSync(data, backup, { recursive: true })
    const scene = await sceneOn(await openPglite(data), async () => {
      await scene.database.close()
      rmSync(folder, { recursive: true })
    })
    return {
      scene,
      async openBackup() {
        await scene.database.close()
        return openPglite(backup)
      },
    }
  }

  test('a ledger that was copied back from a backup is in a new epoch, begun by one of the nodes that knew more of it', async () => {
    const { scene, openBackup } = await withBackup()
    await using _ = scene
    await decide(scene.first, 'three')
    await readEpochs(scene)
    scene.database.moveTo(await openBackup())
    await expectOneNewEpoch(scene, 'tail-lost')
  })

  test('G2: a node that was away while the backup took other decisions finds that they are not the ones it knew', async () => {
    const { scene, openBackup } = await withBackup()
    await using _ = scene
    await decide(scene.last, 'three')
    await scene.last.readEpoch(NOW_MS)
    scene.database.moveTo(await openBackup())
    await decide(scene.first, 'four', 'five', 'six')
    await expectOneNewEpoch(scene, 'tail-lost')
  })

  test('a backup that lacks nothing of what the nodes knew is the same ledger', async () => {
    const { scene, openBackup } = await withBackup()
    await using _ = scene
    const before = await readEpochs(scene)
    scene.database.moveTo(await openBackup())
    await decide(scene.first, 'three')
    expect(await readEpochs(scene)).toEqual(before)
  })

  test('events that were pruned since a node read them are no lost tail', async () => {
    const { scene } = await withBackup()
    await using _ = scene
    const before = await readEpochs(scene)
    const laterMs = NOW_MS + 100 * 86_400_000
    const pruned = await scene.first.pruneEvents({ beforeMs: NOW_MS + 1, reason: 'retention' }, ADA, laterMs)
    expect(pruned.eventCount).toBe(2)
    expect(await readEpochs(scene)).toEqual(before)
    await decide(scene.first, 'three')
    expect(await readEpochs(scene)).toEqual(before)
  })
})

describe.skipIf(!hasPostgres('Epochs: PostgreSQL'))('PostgreSQL', () => {
  const openOn = (server: PostgresServer, database = 'postgres') =>
    openPostgres({ connectionString: server.connectionString.replace('/postgres?', `/${database}?`) })

  test('a server that crashed and came back is the same ledger', async () => {
    await using server = await startPostgres()
    const database = openOn(server)
    await using scene = await sceneOn(database, () => database.close())
    await decide(scene.first, 'one')
    const before = await readEpochs(scene)
    await server.halt('crash')
    await server.resume()
    expect(await readEpochs(scene)).toEqual(before)
  })

  test('the copied files of a server that was stopped are a new epoch to nodes that knew more', async () => {
    await using server = await startPostgres()
    const original = openOn(server)
    await decide(await aLedger(original), 'one', 'two')
    await original.close()
    await server.halt('clean')
    await using backup = await startPostgres({}, { kind: 'files', of: server })
    await server.resume()
    const [now, restored] = [openOn(server), openOn(backup)]
    await using scene = await sceneOn(now, async () => {
      await now.close()
      await restored.close()
    })
    await decide(scene.first, 'three')
    await readEpochs(scene)
    scene.database.moveTo(restored)
    await expectOneNewEpoch(scene, 'tail-lost')
  })

  test('a dump that was restored into another database is a new epoch, also to nodes that never saw the original', async () => {
    await using server = await startPostgres()
    const original = openOn(server)
    const node = await aLedger(original)
    await decide(node, 'one')
    await node.readEpoch(NOW_MS)
    await original.query('CREATE DATABASE restored')
    await original.close()
    const restored = openOn(server, 'restored')
    await restored.script(withoutPsqlCommands(dumpOf(server)))
    await using scene = await sceneOn(restored, () => restored.close())
    await expectOneNewEpoch(scene, 'store-changed')
  })

  test('a promoted standby that lacks the newest part is a new epoch, and what it has is in force', async () => {
    await using primary = await startPostgres()
    const original = openOn(primary)
    await decide(await aLedger(original), 'one')
    await using standby = await startPostgres({}, { kind: 'standby', of: primary })
    const promoted = openOn(standby)
    await using scene = await sceneOn(original, async () => {
      await original.close()
      await promoted.close()
    })
    // The standby does not follow any more, and the primary goes on.
    await promoted.query(`ALTER SYSTEM SET primary_conninfo = ''`)
    await promoted.query('SELECT pg_reload_conf()')
    await expect.poll(() => promoted.query('SELECT FROM pg_stat_wal_receiver'), { timeout: 20_000 }).toEqual([])
    await decide(scene.first, 'two', 'three')
    await readEpochs(scene)
    await primary.halt('crash')
    scene.database.moveTo(promoted)
    await expect(scene.first.readEpoch(NOW_MS)).rejects.toThrow('recovery is in progress')
    await promoted.query('SELECT pg_promote()')
    await expectOneNewEpoch(scene, 'store-changed')
    expect(await promoted.query('SELECT cause_id FROM tidegate_ledger.cause')).toEqual([{ cause_id: 'one' }])
  })
})

function dumpOf(server: PostgresServer): string {
  const program = path.join(postgresBinaries() ?? '', 'pg_dump')
  const given = ['--host', server.folder, '--username', 'postgres', '--no-owner', '--inserts', 'postgres']
  return execFileSync(program, given, { encoding: 'utf8' })
}

/** Newer dumps hold commands for psql alone. */
function withoutPsqlCommands(dump: string): string {
  return dump.replaceAll(/^\\\w.*$/gm, '')
}
