import { SignalIndex, type SignalRecord } from '@tidegate/guard/testing'
import { AppVersion, ClientClass, ClientId } from '@tidegate/protocol'
import { allOut, aRecord, millionAccounts } from './million-accounts.ts'

const CALL_COUNT = 100_000
const HELD_SIGNAL_COUNT = 200

const client = {
  clientId: ClientId.parse('web-1'),
  clientClass: ClientClass.parse('web'),
  appVersion: AppVersion.parse('5.0.1'),
}

/**
 * Questions of clients outside every audience, put to two nodes in turns: one that holds two hundred signals with their
 * canaries, and one that holds a million accounts of an approved signal besides.
 *
 * @returns questions per second of processor time, for each round: what one core does, whoever else wants it meanwhile
 */
export function inForceRounds(rounds: number): { withoutPerSecond: number; withPerSecond: number }[] {
  const records = Array.from({ length: HELD_SIGNAL_COUNT }, () => aRecord())
  const wide = aRecord({ state: 'released', release: allOut() })
  const audienceAccounts = millionAccounts(wide.signalId)
  const without = new SignalIndex(records)
  const withMillion = new SignalIndex([...records, { ...wide, audienceAccounts } satisfies SignalRecord])
  const measured: { withoutPerSecond: number; withPerSecond: number }[] = []
  for (let round = -5; round < rounds; round++) {
    // Ids come out of requests: no engine has seen these strings before.
    const each = {
      withoutPerSecond: perSecond(without, newIds()),
      withPerSecond: perSecond(withMillion, newIds()),
    }
    if (round >= 0) measured.push(each)
  }
  return measured
}

function perSecond(index: SignalIndex, accountIds: readonly string[]): number {
  const startedAt = process.cpuUsage()
  let told = 0
  for (const accountId of accountIds) told += index.inForceFor({ accountId, client, nowMs: 1_000 }).length
  const { user, system } = process.cpuUsage(startedAt)
  if (told > 0) throw new Error(`Cannot measure: ${told} clients outside were told something`)
  return accountIds.length / ((user + system) / 1e6)
}

function newIds(): string[] {
  return Array.from({ length: CALL_COUNT }, () => crypto.randomUUID())
}
