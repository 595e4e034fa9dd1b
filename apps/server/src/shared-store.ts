import { openCapacityStore } from '@tidegate/guard'
import { openPostgres } from '@tidegate/guard/postgres'
import { StartError } from './options.ts'
import type { Store } from './store.ts'

/** Any number that nobody else in this database locks. */
const TURN_LOCK = 7_233_176_203
const CAPACITY_CONNECTIONS = { max: 2, query_timeout: 1_000, connectionTimeoutMillis: 1_000 } as const

/** A PostgreSQL that any number of instances are started on. @throws StartError when it cannot be reached */
export async function openSharedStore(url: string, onIdleError: (error: Error) => void): Promise<Store> {
  const place = placeOf(url)
  const database = openPostgres({ connectionString: url, onIdleError })
  try {
    await database.query('SELECT 1')
  } catch (error) {
    await database.close()
    throw new StartError(`Cannot open the ledger at ${place}: ${messageOf(error)}`)
  }
  // Connections of its own, which a frozen PostgreSQL cannot keep for long.
  const capacity = openPostgres({ connectionString: url, onIdleError, config: CAPACITY_CONNECTIONS })
  return {
    database,
    place,
    async inTurn(work) {
      // On a connection of its own, which waits as long as an import takes; should this process die, it goes with it.
      const turn = openPostgres({ connectionString: url, config: { max: 1 } })
      try {
        return await turn.transaction(async (sql) => {
          await sql.script(`SELECT pg_advisory_xact_lock(${TURN_LOCK})`)
          return work()
        })
      } finally {
        await turn.close()
      }
    },
    openCapacity: (isFirst) => openCapacityStore({ database: capacity, whenNew: isFirst ? 'begin-at-once' : 'wait' }),
    close: async () => {
      await capacity.close()
      await database.close()
    },
  }
}

/** Without user and password: it is printed. */
function placeOf(url: string): string {
  const { host, pathname, searchParams } = new URL(url)
  return `postgres://${host || (searchParams.get('host') ?? '')}${pathname}`
}

/** A host with several addresses fails once for each of them, and says so in its parts alone. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
