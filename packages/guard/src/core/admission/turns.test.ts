import { ResourceId } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { ResourceAdmission } from './resource-admission.ts'
import { type Drawn, type Job, playJobs } from './testing/lease-crowd.ts'

/** With `TIDEGATE_TEST_TURNS=1000000` the million takes a minute; a smaller crowd shows the same in two seconds. */
const CLIENT_COUNT = Number(process.env.TIDEGATE_TEST_TURNS ?? 20_000)
const MINUTE_MS = 60_000
/** When the first of them comes: by then a node that began is no longer empty. */
const OPENS_AT_MS = 5_000
/** What all their work takes at full speed, however large the crowd is. */
const WORK_MS = 10 * MINUTE_MS

test('G4: a crowd that comes back in one minute with turns long past is served at the speed of the resource, never above it, and asks three times at most', {
  timeout: 600_000,
}, () => {
  const jobs = aCrowd(CLIENT_COUNT)
  const wholeBytes = jobs.reduce((sum, { wantBytes }) => sum + wantBytes, 0)
  const rate = Math.ceil((wholeBytes / WORK_MS) * 1000)
  const resource = { resourceId: ResourceId.parse('shard-1'), capacityBytesPerSecond: rate }
  const { leases } = new ResourceAdmission(resource, {}, 0)
  const { done, drawn } = playJobs(leases, jobs, { untilMs: 2 * WORK_MS })
  expect(done).toHaveLength(CLIENT_COUNT)
  expect(done.reduce((most, { askCount }) => Math.max(most, askCount), 0)).toBeLessThanOrEqual(3)
  expect(done.reduce((last, { endedAtMs }) => Math.max(last, endedAtMs), 0)).toBeLessThan(OPENS_AT_MS + 1.08 * WORK_MS)
  expectWithin(drawn, rate)
})

/** Sizes as mailboxes have them: most differ little, one in a hundred by a hundred times as much. */
function aCrowd(count: number): Job[] {
  return Array.from({ length: count }, (_, at) => {
    const wantBytes = at % 100 === 7 ? 400_000 : 2_000 + (at % 17) * 500
    const place = ((at * 7919) % count) / count
    const name = `client-${at}`
    return { accountId: name, clientId: name, arrivesAtMs: OPENS_AT_MS + place * MINUTE_MS, wantBytes, place }
  })
}

/** In every second: a second of the rate and a bucket. */
function expectWithin(drawn: readonly Drawn[], rate: number): void {
  let [from, bytes] = [0, 0]
  for (const each of drawn) {
    bytes += each.bytes
    while ((drawn[from]?.atMs ?? 0) < each.atMs - 1000) bytes -= drawn[from++]?.bytes ?? 0
    if (bytes > 2 * rate + 1)
      expect.fail(`${bytes} bytes in the second until ${each.atMs} ms, ${2 * rate} are the most`)
  }
}
