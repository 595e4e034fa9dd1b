import { Actor } from '@tidegate/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPostgres } from '../edge/sql/postgres-database.ts'
import { installOutbox } from '../outbox/install-outbox.ts'
import type { SqlDatabase } from '../sql.ts'
import { aLedger, NOW_MS, resources } from '../testing/a-ledger.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '../testing/postgres-server.ts'
import { lockLedger } from './ledger-row.ts'

const ADA = Actor.parse('ada')

describe.skipIf(!hasPostgres('Databases that cannot hold a ledger'))('on PostgreSQL', () => {
  let server: PostgresServer
  let admin: SqlDatabase
  beforeAll(async () => {
    server = await startPostgres()
    admin = openPostgres({ connectionString: server.connectionString })
  })
  afterAll(async () => {
    await admin.close()
    await server.stop()
  })

  async function withDatabase(create: string, work: (database: SqlDatabase) => Promise<void>): Promise<void> {
    await admin.script(`CREATE DATABASE other ${create}`)
    const database = openPostgres({ connectionString: server.connectionString.replace('/postgres?', '/other?') })
    try {
      await work(database)
    } finally {
      await database.close()
      await admin.script('DROP DATABASE other')
    }
  }
  const inEncoding = (name: string) => `TEMPLATE template0 ENCODING '${name}' LOCALE 'C'`

  test('a standby is refused as one', async () => {
    await using standby = await startPostgres({}, { kind: 'standby', of: server })
    const database = openPostgres({ connectionString: standby.connectionString })
    await expect(aLedger(database)).rejects.toThrow(
      'Cannot open the ledger: its database is a standby that follows another server: name the primary',
    )
    await database.close()
  })

  test('a database whose sessions are read-only is refused, and is told why they are', () =>
    withDatabase('', async (database) => {
      await admin.script('ALTER DATABASE other SET default_transaction_read_only = on')
      await expect(aLedger(database)).rejects.toThrow(
        'must be writable, its sessions are read-only (default_transaction',
      )
    }))

  test.each(['LATIN1', 'SQL_ASCII'])('a ledger in %s is refused: ids are any Unicode', (encoding) =>
    withDatabase(inEncoding(encoding), async (database) => {
      await expect(aLedger(database)).rejects.toThrow(`must be in the encoding UTF8, it is in ${encoding}`)
    }),
  )

  test('an outbox whose bytes could be any characters is refused', () =>
    withDatabase(inEncoding('SQL_ASCII'), async (database) => {
      await installOutbox(database)
      const ledger = await server.openDatabase()
      await expect(aLedger(ledger, { outboxes: [{ name: 'app', database }] })).rejects.toThrow(
        'the database of outbox app must be in an encoding that says which characters its bytes are, it is in SQL_ASCII',
      )
      await ledger.close()
    }))

  test('accounts that an outbox sorts otherwise than UTF-8 does are each found in their signal', () =>
    withDatabase(inEncoding('LATIN2'), async (database) => {
      await installOutbox(database)
      const ledger = await server.openDatabase()
      // In LATIN2 the byte of Ą stands before that of Á, in UTF-8 behind it; more than one batch of each.
      const named = `ARRAY(SELECT letter || lpad(at::text, 5, '0') FROM generate_series(1, 5000) AS at, unnest(ARRAY['Á', 'Ą']) AS letter)`
      const node = await aLedger(ledger, {
        outboxes: [{ name: 'app', database }],
        resources: { ...resources, resourceOf: () => resources.resources[0]?.resourceId ?? expect.fail() },
      })
      await database.query(`SELECT tidegate.propose(cause => 'labels-2023-07', accounts => ${named})`)
      await node.judge(NOW_MS)
      const lost = await ledger.query(
        `SELECT account_id FROM tidegate_ledger.signal_account WHERE NOT tidegate_ledger.names_account(signal_no, account_id)`,
      )
      expect(lost).toEqual([])
      await ledger.close()
    }))

  test('G3: whoever holds the ledger and falls silent for a lease term loses it, so a decision waits for nobody', async () => {
    const database = await server.openDatabase()
    const ledger = await aLedger(database)
    let tellLocked = () => {}
    const locked = new Promise<void>((resolve) => {
      tellLocked = resolve
    })
    const decided = locked.then(() =>
      ledger.setModes({ clientMode: 'observe', reason: 'they must look on' }, ADA, NOW_MS),
    )
    const held = database.transaction(async (sql) => {
      await lockLedger(sql)
      tellLocked()
      const [session] = await sql.query(`SELECT current_setting('idle_in_transaction_session_timeout') AS after`)
      expect(session).toEqual({ after: '10s' })
      // So long nobody waits here.
      await sql.query(`SELECT set_config('idle_in_transaction_session_timeout', '100ms', true)`)
      expect(await decided).toMatchObject({ clientMode: 'observe' })
      await sql.query('SELECT')
    })
    await expect(held).rejects.toThrow(/terminat|connection error|ECONNRESET|EPIPE/)
    await database.close()
  })
})
