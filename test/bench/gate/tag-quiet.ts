import { randomUUID } from 'node:crypto'
import { createTidegate, type Tidegate } from '@tidegate/client'
import { memoryCache } from '@tidegate/client/memory'
import { createGuard, type Guard, memorySource, openLedger } from '@tidegate/guard'
import { openMemoryPglite } from '@tidegate/guard/testing'
import {
  AccountId,
  Actor,
  CLIENT_HEADER,
  type ClientApi,
  type GuardApi,
  PROTOCOL_VERSION,
  Proposal,
  parseClientHeader,
  RegisterCause,
  ResourceId,
  Role,
  STATE_HEADER,
} from '@tidegate/protocol'
import type { BenchOptions, Measured, Round } from '../bench-result.ts'

const CLIENT_COUNT = 10_000
const ACCOUNTS_MEANT = 50
const shard = ResourceId.parse('shard-1')

/**
 * `tag-quiet`: what a signal costs clients that it does not mean. Ten thousand clients, the SDK as it is, make an ordinary
 * request each before and after a signal about other accounts came into force; whatever else they send is extra.
 */
export async function tagQuiet({ rounds = 3 }: BenchOptions): Promise<Measured> {
  const database = await openMemoryPglite()
  const resources = { resources: [{ resourceId: shard, capacityBytesPerSecond: 100_000_000 }], resourceOf: () => shard }
  // Each round's signal names other accounts; that all of them are let out at once is not what is measured.
  const settings = { creditBaseAccountCount: ACCOUNTS_MEANT * rounds, unknownAccountBytes: 1_000 }
  const ledger = await openLedger({ database, resources, newId: randomUUID, settings })
  const source = memorySource({ collections: ['messages'], salt: randomUUID() })
  const guard = await createGuard({ ledger, source, resources, log: () => {} })
  const staff = guard.api({ kind: 'staff', actor: Actor.parse('bench'), roles: Role.options })
  const extra = { requestCount: 0 }
  const clients = Array.from({ length: CLIENT_COUNT }, (_, at) => quietClient(guard, `quiet-${at}`, extra))
  const measured: Round[] = []
  for (let round = 0; round < rounds; round++) {
    await everybodyAsks(clients)
    const accountIds = Array.from({ length: ACCOUNTS_MEANT }, (_, at) => `meant-${round}-${at}`)
    await putInForce(guard, staff, `cause-${round}`, accountIds)
    extra.requestCount = 0
    await everybodyAsks(clients)
    measured.push({ extraRequestCount: extra.requestCount })
  }
  for (const client of clients) await client.stop()
  await guard[Symbol.asyncDispose]()
  await database.close()
  const counts = measured.map(({ extraRequestCount = 0 }) => extraRequestCount)
  const value = Math.max(...counts)
  return {
    id: 'tag-quiet',
    what: `requests of ${CLIENT_COUNT.toLocaleString('en')} uninvolved clients beside their ordinary ones, for each signal`,
    value,
    unit: 'requests',
    bound: 0,
    holds: value === 0,
    n: counts.length,
    min: Math.min(...counts),
    max: value,
    rounds: measured,
  }
}

function quietClient(guard: Guard, account: string, extra: { requestCount: number }): Tidegate {
  const accountId = AccountId.parse(account)
  const client = createTidegate({
    accountId,
    client: { clientId: randomUUID(), clientClass: 'web', appVersion: '5.1.0' },
    api: counted(guard.api({ kind: 'client', accountId }), extra),
    cache: memoryCache(),
    guardKeys: guard.publicKeys(),
    collections: ['messages'],
    channel: { post: () => {}, listen: () => () => {}, close: () => {} }, // one tab each
    fetch: async (input, init) => answerOf(guard, accountId, new Request(input, init)),
  })
  client.start()
  return client
}

/** The host's answer to an ordinary request: nothing but the state tag, where there is one. */
function answerOf(guard: Guard, accountId: AccountId, request: Request): Response {
  const client = parseClientHeader(request.headers.get(CLIENT_HEADER))
  if (client === null) throw new Error('Cannot measure: the SDK did not say which client it is')
  const tag = guard.stateTag(accountId, client)
  return new Response(null, { headers: tag === null ? {} : { [STATE_HEADER]: tag } })
}

/** Every call beside an ordinary request is one too many. */
function counted(api: ClientApi, extra: { requestCount: number }): ClientApi {
  return new Proxy(api, {
    get(target, name, receiver) {
      extra.requestCount += 1
      return Reflect.get(target, name, receiver)
    },
  })
}

async function everybodyAsks(clients: readonly Tidegate[]): Promise<void> {
  for (const client of clients) await client.fetch('http://mail.test/api/folders')
  // What a client asks goes out with the turn in which it was told.
  await new Promise((resolve) => setImmediate(resolve))
  const busy = clients.filter(({ isWorking, progress }) => !isWorking || progress.state !== 'current').length
  if (busy > 0) throw new Error(`Cannot measure: ${busy} clients are not at rest`)
}

async function putInForce(guard: Guard, staff: GuardApi, causeId: string, accountIds: readonly string[]) {
  await staff.registerCause(RegisterCause.parse({ causeId, kind: 'operator', title: causeId, owner: 'bench' }))
  await staff.propose(
    Proposal.parse({
      protocol: PROTOCOL_VERSION,
      idempotencyKey: randomUUID(),
      causeId,
      action: 'verify',
      scope: { kind: 'collections', collections: [{ collection: 'messages' }] },
      audience: { accounts: { kind: 'named', accountIds } },
      reason: 'to be heard by others',
      expiresInMs: 3_600_000,
    }),
  )
  await guard.refresh()
  const { causes } = await staff.status({ onlyHeld: false })
  const signal = causes.find(({ cause }) => cause.causeId === causeId)?.signals[0]
  if (signal?.inForceAccountCount !== accountIds.length) {
    throw new Error(`Cannot measure: ${signal?.inForceAccountCount} of ${accountIds.length} accounts are in force`)
  }
}
