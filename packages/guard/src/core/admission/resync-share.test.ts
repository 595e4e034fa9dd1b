import { AccountId, ClientIdentity, LeaseId, ResourceId } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Lease } from './lease.ts'
import { ResourceAdmission } from './resource-admission.ts'
import type { ResyncLeases } from './resync-leases.ts'
import { type Job, playJobs } from './testing/lease-crowd.ts'

const RATE = 1_000_000
const MAX_SHARE = 0.25

test('one account at a hundred times the demand moves the others’ median wait by at most a tenth, whether it has more clients or more to fetch', () => {
  const other = fc.record({
    arrivesAtMs: fc.integer({ min: 5_000, max: 15_000 }),
    wantBytes: fc.integer({ min: 200_000, max: 600_000 }),
    place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  })
  const crowd = fc.array(other, { minLength: 150, maxLength: 200 })
  // A crowd's own luck moves its median too, by some percent: the tenth holds for crowds as they come, a quarter for each.
  const ratios: number[] = []
  fc.assert(
    fc.property(crowd, fc.constantFrom(1, 10, 100), (wanted, clientCount) => {
      const jobs = wanted.map((job, at) => ({ ...job, accountId: `account-${at}`, clientId: `client-${at}` }))
      const [calmMs = 0, hoggedMs = 0] = [hog(1, 1), hog(100, clientCount)].map((hogs) => {
        const { done } = playJobs(aResource().leases, [...hogs, ...jobs], { untilMs: 600_000 })
        const theirs = done.filter(({ accountId }) => accountId !== 'hog')
        expect(theirs).toHaveLength(jobs.length)
        return median(theirs.map(({ waitMs }) => waitMs))
      })
      // Where nobody waits, nobody can wait longer.
      expect(calmMs).toBeGreaterThan(5_000)
      expect(hoggedMs).toBeLessThanOrEqual(calmMs * 1.25)
      ratios.push(hoggedMs / calmMs)
    }),
    { numRuns: 11, endOnFailure: true },
  )
  expect(median(ratios)).toBeLessThanOrEqual(1.1)
})

test('what the levels above leave is drawn as long as enough accounts are there to draw it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 45 }), fc.constantFrom(0, 0.2, 0.4, 0.6), (accountCount, upperShare) => {
      const resource = aResource()
      const jobs = hungry(accountCount)
      const { drawn } = playJobs(resource.leases, jobs, { untilMs: 60_000, eachStep: people(resource, upperShare) })
      const bytes = drawn.reduce((sum, each) => sum + (each.atMs >= 20_000 ? each.bytes : 0), 0)
      expect(bytes).toBeGreaterThan(0.93 * (1 - upperShare) * RATE * 40)
    }),
    { numRuns: 15 },
  )
})

test('G5: while people take most of it, the rest is shared equally by account, however many clients each has', () => {
  const resource = aResource()
  const more = [0, 1, 2, 3].flatMap((at) => hungry(1).map((job) => ({ ...job, clientId: `more-${at}` })))
  const jobs = [...hungry(5), ...more]
  const { drawn } = playJobs(resource.leases, jobs, { untilMs: 80_000, eachStep: people(resource, 0.7) })
  const shares = [0, 1, 2, 3, 4].map((at) =>
    drawn.reduce(
      (sum, { accountId, bytes, atMs }) => sum + (accountId === `account-${at}` && atMs > 20_000 ? bytes : 0),
      0,
    ),
  )
  const fair = shares.reduce((sum, bytes) => sum + bytes, 0) / 5
  expect(fair).toBeGreaterThan(0.9 * 0.3 * RATE * 12)
  for (const bytes of shares) expect(bytes / fair).toBeCloseTo(1, 0.9)
})

test('G5: while people come in bursts, a client that asks for its page all the time gets no more than those who wait as told', () => {
  const resource = aResource()
  const { leases } = resource
  const names = ['impatient', 'ann', 'ben', 'cem', 'dia']
  const running = names.map((name) => ({ name, lease: begun(leases, name), bytes: 0, nextAtMs: 0 }))
  for (let nowMs = 3_000; nowMs < 63_000; nowMs += 10) {
    const share = nowMs % 1_000 < 500 ? 0.95 : 0.5
    people(resource, share)(nowMs)
    for (const client of running) {
      if (client.nextAtMs > nowMs) continue
      if (client.lease.endsAtMs - nowMs < 4_000) leases.renew(client.lease, 1_000_000_000, nowMs)
      const page = leases.beginPage(client.lease, nowMs)
      if (page.kind === 'admitted') {
        leases.endPage(page.value, page.value.pageBytes, nowMs)
        client.bytes += page.value.pageBytes
      } else if (page.denial.kind === 'no-capacity' && client.name !== 'impatient') {
        client.nextAtMs = nowMs + page.denial.retryAfterMs
      }
    }
  }
  const [impatient, ...others] = running.map(({ bytes }) => bytes)
  expect(impatient).toBeLessThanOrEqual(1.25 * Math.min(...others))
})

test('no account is wider than its cap: in any window its share of the rate and its pages in flight', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }), (accountCount, clientCount) => {
      const jobs = hungry(accountCount).flatMap((job) =>
        Array.from({ length: clientCount }, (_, at) => ({ ...job, clientId: `${job.clientId}-${at}` })),
      )
      const { drawn } = playJobs(aResource().leases, jobs, { untilMs: 30_000 })
      const mine = drawn.filter(({ accountId }) => accountId === 'account-0')
      const bucket = 2 * MAX_SHARE * 0.25 * RATE
      mine.forEach((from, first) => {
        let bytes = 0
        for (const each of mine.slice(first)) {
          bytes += each.bytes
          const most = (MAX_SHARE * RATE * (each.atMs - from.atMs)) / 1000 + bucket * clientCount
          if (bytes > most) expect.fail(`${bytes} bytes from ${from.atMs} to ${each.atMs} ms, ${most} are the most`)
        }
      })
    }),
    { numRuns: 15 },
  )
})

function begun(leases: ResyncLeases, name: string): Lease {
  const leaseId = LeaseId.parse(`lease-of-${name}`)
  const client = ClientIdentity.parse({ clientId: name, clientClass: 'web', appVersion: '1.0' })
  const purpose = { kind: 'first-load' as const }
  const who = { accountId: AccountId.parse(name), client, purpose, wantBytes: 1_000_000_000, place: 0 }
  leases.request({ leaseId, ...who }, 3_000, 'grant')
  const lease = leases.find(leaseId, name, 3_000)
  if (!lease) throw new Error(`no lease of ${name}`)
  return lease
}

function aResource(): ResourceAdmission {
  const resource = { resourceId: ResourceId.parse('shard-1'), capacityBytesPerSecond: RATE }
  return new ResourceAdmission(resource, { maxShare: MAX_SHARE }, 0)
}

/** So many times a small mailbox, from the first moment. */
function hog(demand: number, clientCount: number): Job[] {
  return Array.from({ length: clientCount }, (_, at) => ({
    accountId: 'hog',
    clientId: `hog-${at}`,
    arrivesAtMs: 5_000,
    wantBytes: (demand * 300_000) / clientCount,
    place: at / clientCount,
  }))
}

/** Accounts that never have enough. */
function hungry(accountCount: number): Job[] {
  return Array.from({ length: accountCount }, (_, at) => {
    const arrivesAtMs = 3_000 + 37 * at
    return {
      accountId: `account-${at}`,
      clientId: `client-${at}`,
      arrivesAtMs,
      wantBytes: 1_000_000_000,
      place: at / accountCount,
    }
  })
}

/** Draws a share of the resource, evenly, as people do. */
function people(resource: ResourceAdmission, share: number): (nowMs: number) => void {
  return (nowMs) => {
    const units = share * RATE * 0.01
    if (units === 0 || nowMs < 2_000) return
    const permit = resource.admit('interactive', `person-${(nowMs / 10) % 1_000}`, units, nowMs)
    if (permit.kind === 'refused') expect.fail(`people were cut at ${nowMs} ms (G5)`)
    resource.settle(permit, units, nowMs)
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[sorted.length >> 1] ?? Number.NaN
}
