import { AccountId, ClientIdentity, LeaseId, ResourceId } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LEASE_TERM_MS, type LeaseAsk } from './lease.ts'
import { ResourceAdmission } from './resource-admission.ts'
import type { Admitted, PagePermit, ResyncLeases } from './resync-leases.ts'

const CAPACITY = 1_000_000
const MAX_SHARE = 0.25

test('a lone client gets a quarter of the resource, in pages of a quarter of a second', () => {
  const grant = admitted(aResource().request(anAsk('ann'), 0))
  expect(grant).toMatchObject({ bytesPerSecond: 250_000, pageBytes: 62_500, termMs: LEASE_TERM_MS, concurrency: 2 })
})

test('the budget is what the client wants and a quarter more', () => {
  expect(admitted(aResource().request(anAsk('ann', { wantBytes: 1_000_000 }), 0)).budgetBytes).toBe(1_250_000)
})

test('a client that needs almost nothing still gets a page', () => {
  expect(admitted(aResource().request(anAsk('ann', { wantBytes: 0 }), 0)).budgetBytes).toBe(62_500)
})

test('when the rates are given away the next client is told when to come back', () => {
  const resource = aResource()
  for (const name of ['ann', 'ben', 'cem', 'dia']) admitted(resource.request(anAsk(name), 0))
  expect(resource.request(anAsk('eve'), 0)).toMatchObject({ kind: 'refused', denial: { kind: 'no-capacity' } })
})

test('clients sent away together come back apart, by their place in the crowd', () => {
  const resource = aResource()
  for (const name of ['ann', 'ben', 'cem', 'dia']) resource.request(anAsk(name), 0)
  const early = retryAfterMs(resource.request(anAsk('eve', { place: 0 }), 0))
  const late = retryAfterMs(resource.request(anAsk('fay', { place: 0.999 }), 0))
  expect(late).toBeGreaterThan(early)
})

test('a node that is given its part a moment after it began has all of it drawn soon after, whoever came before that', () => {
  const resource = aWholeResource()
  resource.setRate(0, 0, CAPACITY)
  const early = ['ann', 'ben', 'cem', 'dia'].map((name) => resource.leases.request(anAsk(name), 100))
  for (const answer of early) expect(retryAfterMs(answer)).toBeLessThanOrEqual(2_500)
  resource.setRate(CAPACITY, 1_000)
  const names = ['eve', 'fay', 'gil', 'hal']
  // Until those who came first are back, there is a queue.
  for (const name of names) admitted(resource.leases.request(anAsk(name), 1_500))
  for (const answer of early) expect(answer.kind).toBe('refused')
  for (const name of ['ann', 'ben', 'cem', 'dia']) resource.leases.request(anAsk(name), 2_700)
  const renewed = names.map((name) => resource.leases.renew(found(resource.leases, name, 8_000), 1_000_000, 8_000))
  expect(renewed.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0)).toBeGreaterThan(0.4 * CAPACITY)
})

test('whoever asks again and again at a resource that stays shut is sent away for longer and longer, a minute at most', () => {
  const resource = aWholeResource()
  resource.setRate(0, 0, CAPACITY)
  const waits: number[] = []
  for (let nowMs = 0; waits.length < 8; nowMs += waits.at(-1) ?? 0)
    waits.push(retryAfterMs(resource.leases.request(anAsk('ann', { place: 0 }), nowMs)))
  expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
})

test('running leases give way to whoever waits at their next renewal', () => {
  const resource = aResource()
  const names = ['ann', 'ben', 'cem', 'dia']
  for (const name of names) admitted(resource.request(anAsk(name), 0))
  resource.request(anAsk('eve'), 0)
  for (const name of names) resource.renew(found(resource, name, 4_000), 1_000_000, 4_000)
  expect(admitted(resource.request(anAsk('eve'), 5_000)).bytesPerSecond).toBe(200_000)
})

test('an account with many clients gets one account’s share', () => {
  const resource = aResource()
  const first = admitted(resource.request(anAsk('phone', { accountId: 'ann' }), 0))
  resource.request(anAsk('desktop', { accountId: 'ann' }), 0)
  resource.renew(found(resource, 'phone', 1_000, 'ann'), 1_000_000, 1_000)
  const second = admitted(resource.request(anAsk('desktop', { accountId: 'ann' }), 2_000))
  expect(first.bytesPerSecond).toBe(250_000)
  expect(second.bytesPerSecond).toBe(125_000)
})

test('asking again replaces the lease, and the old one serves no page', () => {
  const resource = aResource()
  admitted(resource.request(anAsk('ann', { leaseId: 'first' }), 0))
  admitted(resource.request(anAsk('ann', { leaseId: 'second' }), 0))
  expect(resource.find('first', 'ann', 0)).toBeNull()
  expect(resource.running(0)).toHaveLength(1)
})

test('a client that vanished frees its share when its term ends', () => {
  const resource = aResource()
  for (const name of ['ann', 'ben', 'cem', 'dia']) admitted(resource.request(anAsk(name), 0))
  expect(resource.running(LEASE_TERM_MS - 1)).toHaveLength(4)
  expect(resource.running(LEASE_TERM_MS)).toHaveLength(0)
})

test('another account cannot use a lease whose id it knows', () => {
  const resource = aResource()
  admitted(resource.request(anAsk('ann', { leaseId: 'secret' }), 0))
  expect(resource.find('secret', 'ben', 0)).toBeNull()
})

test('ending early gives the rest of the budget back', () => {
  const resource = aResource()
  admitted(resource.request(anAsk('ann', { wantBytes: 1_000_000 }), 0))
  const lease = found(resource, 'ann', 1_000)
  resource.endPage(admitted(resource.beginPage(lease, 1_000)), 50_000, 1_000)
  expect(resource.end(lease, 1_000)).toBe(1_200_000)
})

test('a client faster than its rate waits for its next page (C4)', () => {
  const resource = aResource()
  admitted(resource.request(anAsk('ann'), 0))
  const lease = found(resource, 'ann', 1_000)
  const pages = [1, 2].map(() => admitted(resource.beginPage(lease, 1_000)))
  for (const page of pages) resource.endPage(page, page.pageBytes, 1_000)
  expect(resource.beginPage(lease, 1_000)).toEqual({
    kind: 'refused',
    denial: { kind: 'no-capacity', retryAfterMs: 250 },
  })
  expect(resource.beginPage(lease, 1_250).kind).toBe('admitted')
})

test('a rate that is lowered counts for the next page of a running lease, and none at all stops it (G4)', () => {
  const whole = aWholeResource()
  const { leases: resource } = whole
  admitted(resource.request(anAsk('ann'), 0))
  const lease = found(resource, 'ann', 5_000)
  whole.setRate(40_000, 5_000)
  const page = admitted(resource.beginPage(lease, 5_000))
  expect(page.pageBytes).toBeLessThanOrEqual(20_000)
  resource.endPage(page, page.pageBytes, 5_000)
  expect(lease.bytesPerSecond).toBe(10_000)
  whole.setRate(0, 5_500)
  expect(resource.beginPage(lease, 7_000)).toMatchObject({ kind: 'refused', denial: { kind: 'no-capacity' } })
  expect(resource.request(anAsk('ben'), 7_000)).toMatchObject({ kind: 'refused', denial: { kind: 'no-capacity' } })
  whole.setRate(CAPACITY, 7_500)
  expect(resource.beginPage(lease, 9_000).kind).toBe('admitted')
})

test('at most two pages of a lease are in flight (C4)', () => {
  const resource = aResource()
  admitted(resource.request(anAsk('ann'), 0))
  const lease = found(resource, 'ann', 5_000)
  expect([1, 2, 3].map(() => resource.beginPage(lease, 5_000).kind)).toEqual(['admitted', 'admitted', 'refused'])
})

test('a spent budget asks for a renewal', () => {
  const resource = aResource()
  admitted(resource.request(anAsk('ann', { wantBytes: 0 }), 0))
  const lease = found(resource, 'ann', 1_000)
  resource.endPage(admitted(resource.beginPage(lease, 1_000)), 62_500, 1_000)
  expect(resource.beginPage(lease, 2_000)).toMatchObject({ denial: { kind: 'lease-ended' } })
  resource.renew(lease, 10_000, 2_000)
  expect(resource.beginPage(lease, 2_000).kind).toBe('admitted')
})

test('a guard that refuses nothing grants however many there are', () => {
  const resource = aResource()
  for (let at = 0; at < 40; at++) expect(resource.request(anAsk(`client-${at}`), 0, 'grant').kind).toBe('admitted')
})

test('a client that asks anew before every page, by whatever name, draws no more than its pace (C4)', () => {
  const resource = aResource()
  let bytes = 0
  for (let nowMs = 10_000; nowMs <= 20_000; nowMs += 10) {
    const name = `name-${nowMs % 70}`
    const answer = resource.request(anAsk(name, { accountId: 'ann' }), nowMs)
    if (answer.kind === 'refused') continue
    const lease = found(resource, name, nowMs, 'ann')
    const page = resource.beginPage(lease, nowMs)
    if (page.kind === 'admitted') {
      resource.endPage(page.value, page.value.pageBytes, nowMs)
      bytes += page.value.pageBytes
    }
    resource.end(lease, nowMs)
  }
  expect(bytes).toBeGreaterThan(0.5 * MAX_SHARE * CAPACITY * 10)
  expect(bytes).toBeLessThanOrEqual(MAX_SHARE * CAPACITY * 10 + 2 * 62_500)
})

test('whatever a crowd does, a resource draws at most its capacity and one bucket, and rates add up to little more (C4, G4)', () => {
  const name = fc.integer({ min: 0, max: 45 })
  const wantBytes = fc.constantFrom(0, 40_000, 3_000_000)
  const action = fc.oneof(
    fc.record({ kind: fc.constantFrom('request' as const, 'renew' as const), name, wantBytes }),
    fc.record({ kind: fc.constantFrom('end' as const, 'crash' as const), name }),
    // Asks anew before every page.
    fc.record({
      kind: fc.constant('greedy' as const),
      name: fc.integer({ min: 0, max: 3 }),
      wantBytes,
      lastsMs: fc.constantFrom(0, 60, 900),
    }),
    fc.record({ kind: fc.constant('page' as const), name, lastsMs: fc.constantFrom(0, 60, 900) }),
  )
  const step = fc.record({ afterMs: fc.constantFrom(1, 20, 100, 1500), actions: fc.array(action, { maxLength: 40 }) })
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
      const resource = aResource()
      const served: Served[] = []
      let flying: { readonly atMs: number; readonly page: PagePermit }[] = []
      const landUntil = (untilMs: number) => {
        for (const { atMs, page } of flying.filter((each) => each.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)) {
          resource.endPage(page, page.pageBytes, atMs)
          served.push({ atMs, bytes: page.pageBytes })
        }
        flying = flying.filter((each) => each.atMs > untilMs)
      }
      let nowMs = 0
      for (const { afterMs, actions } of steps) {
        nowMs += afterMs
        landUntil(nowMs)
        for (const action of actions) {
          const client = `client-${action.name}`
          if (action.kind === 'request' || action.kind === 'greedy') {
            resource.request(anAsk(client, { wantBytes: action.wantBytes, place: action.name / 46 }), nowMs)
          }
          const lease = resource.running(nowMs).find((each) => each.client.clientId === client)
          if (!lease) continue
          if (action.kind === 'renew') resource.renew(lease, action.wantBytes, nowMs)
          if (action.kind === 'end') resource.end(lease, nowMs)
          if (action.kind === 'page' || action.kind === 'greedy') {
            const page = resource.beginPage(lease, nowMs)
            if (page.kind === 'admitted') flying.push({ atMs: nowMs + action.lastsMs, page: page.value })
          }
        }
        const leased = resource.running(nowMs).reduce((sum, lease) => sum + lease.bytesPerSecond, 0)
        // A quarter more, and the last that was let in, for those who came twice when they were told to.
        expect(leased).toBeLessThanOrEqual(CAPACITY * 1.25 + CAPACITY / 32)
      }
      landUntil(Number.POSITIVE_INFINITY)
      expectWithinCapacity(served)
    }),
    { numRuns: 200 },
  )
})

test('everybody who keeps coming back when told is served in the end', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 500_000 }), (clientCount, wantBytes) => {
      const resource = aResource()
      const left = new Map(Array.from({ length: clientCount }, (_, at) => [`client-${at}`, wantBytes]))
      const dueAtMs = new Map([...left.keys()].map((name) => [name, 0]))
      const longestMs = (clientCount * wantBytes * 1000) / CAPACITY + 120_000
      for (let nowMs = 0; left.size > 0; nowMs += 50) {
        expect(nowMs).toBeLessThan(longestMs * 4)
        for (const [name, wantsBytes] of left) {
          if ((dueAtMs.get(name) ?? 0) > nowMs) continue
          const lease = resource.running(nowMs).find((each) => each.client.clientId === name)
          if (!lease) {
            const answer = resource.request(anAsk(name, { wantBytes: wantsBytes }), nowMs)
            if (answer.kind === 'refused') dueAtMs.set(name, nowMs + retryAfterMs(answer))
            continue
          }
          if (lease.endsAtMs - nowMs < 4_000) resource.renew(lease, wantsBytes, nowMs)
          const page = resource.beginPage(lease, nowMs)
          if (page.kind === 'refused') continue
          const bytes = Math.min(page.value.pageBytes, wantsBytes)
          resource.endPage(page.value, bytes, nowMs)
          left.set(name, wantsBytes - bytes)
          if (wantsBytes - bytes > 0) continue
          left.delete(name)
          resource.end(lease, nowMs)
        }
      }
    }),
    { numRuns: 20 },
  )
})

type Served = { readonly atMs: number; readonly bytes: number }

function expectWithinCapacity(served: readonly Served[]): void {
  served.forEach((from, at) => {
    let bytes = 0
    for (const each of served.slice(at)) {
      bytes += each.bytes
      expect(bytes).toBeLessThanOrEqual((CAPACITY * (each.atMs - from.atMs)) / 1000 + CAPACITY + 1e-6)
    }
  })
}

/** With one level alone, so that resyncs have all of it and the figures are round. */
function aResource(): ResyncLeases {
  return aWholeResource().leases
}

function aWholeResource(): ResourceAdmission {
  const resource = { resourceId: ResourceId.parse('shard-1'), capacityBytesPerSecond: CAPACITY }
  const levels = [{ name: 'resync', guaranteedShare: 0 }]
  return new ResourceAdmission(resource, { levels, maxShare: MAX_SHARE }, 0)
}

function anAsk(
  name: string,
  overrides: { leaseId?: string; accountId?: string; wantBytes?: number; place?: number } = {},
): LeaseAsk {
  return {
    leaseId: LeaseId.parse(overrides.leaseId ?? `lease-of-${name}`),
    accountId: AccountId.parse(overrides.accountId ?? name),
    client: ClientIdentity.parse({ clientId: name, clientClass: 'web', appVersion: '1.0' }),
    purpose: { kind: 'first-load' },
    wantBytes: overrides.wantBytes ?? 10_000_000,
    place: overrides.place ?? 0,
  }
}

function found(resource: ResyncLeases, name: string, nowMs: number, accountId = name) {
  const lease = resource.find(`lease-of-${name}`, accountId, nowMs)
  if (!lease) throw new Error(`no lease of ${name}`)
  return lease
}

function admitted<Value>(answer: Admitted<Value>): Value {
  if (answer.kind === 'refused') throw new Error(`refused: ${JSON.stringify(answer.denial)}`)
  return answer.value
}

function retryAfterMs(answer: Admitted<unknown>): number {
  if (answer.kind === 'refused' && answer.denial.kind === 'no-capacity') return answer.denial.retryAfterMs
  throw new Error('was not told to come back')
}
