import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { AccountId, Approve, AuditRequest, ClientIdentity } from '@tidegate/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CAUSE_ID, mailPage, mailStream } from '../../egress/testing/mail-stream.ts'
import { denialOf, GuardScene } from '../../runtime/testing/guard-scene.ts'
import { METRICS } from './metrics.ts'
import { openTelemetry } from './open-telemetry.ts'

const contexts = new AsyncLocalStorageContextManager()
beforeAll(() => context.setGlobalContextManager(contexts.enable()))
afterAll(() => context.disable())

const accounts = Array.from({ length: 30 }, (_, at) => AccountId.parse(`mallory-${at}@mail.test`))
const [mallory = AccountId.parse('nobody')] = accounts
const client = ClientIdentity.parse({ clientId: 'phone-of-9c1e', clientClass: 'mobile', appVersion: '1' })

/** A guard over PGlite, and what an OpenTelemetry SDK made of it. */
class Watched implements AsyncDisposable {
  readonly scene: GuardScene
  readonly spans: InMemorySpanExporter
  readonly #metrics: InMemoryMetricExporter
  readonly #provider: MeterProvider

  private constructor(
    scene: GuardScene,
    spans: InMemorySpanExporter,
    metrics: InMemoryMetricExporter,
    provider: MeterProvider,
  ) {
    this.scene = scene
    this.spans = spans
    this.#metrics = metrics
    this.#provider = provider
  }

  static async open(): Promise<Watched> {
    const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 })
    const meterProvider = new MeterProvider({ readers: [reader] })
    const spans = new InMemorySpanExporter()
    const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] })
    const scene = await GuardScene.open({ telemetry: openTelemetry({ meterProvider, tracerProvider }) })
    return new Watched(scene, spans, metrics, meterProvider)
  }

  /** Everything collected now: `name{attribute=value,…}` with a value; of a histogram the number of recordings. */
  async read(): Promise<Record<string, number>> {
    this.#metrics.reset()
    await this.#provider.forceFlush()
    const series: Record<string, number> = {}
    const scopes = this.#metrics.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)
    for (const { descriptor, dataPoints } of scopes.flatMap(({ metrics }) => metrics)) {
      expect(METRICS[descriptor.name]).toMatchObject({ unit: descriptor.unit, description: descriptor.description })
      for (const { attributes, value } of dataPoints) {
        expect(METRICS[descriptor.name]?.attributes).toEqual(expect.arrayContaining(Object.keys(attributes)))
        const labels = Object.entries(attributes).map(([name, of]) => `${name.replace('tidegate.', '')}=${of}`)
        const isNumber = typeof value === 'number'
        series[`${descriptor.name}{${labels}}`] = isNumber ? value : (value as Histogram).count // the only other kind here
      }
    }
    return series
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scene[Symbol.asyncDispose]()
    await this.#provider.shutdown()
  }
}

const approval = (target: object) =>
  Approve.parse({
    target,
    plan: {
      verifyWindowMs: 0,
      windowMs: 0,
      stages: [{ share: 1, bakeMs: 0, gate: { minReportCount: 1, maxFailureRatio: 1 } }],
    },
    reason: 'compared by hand',
  })

test('from proposal to revoke, every figure is what the ledger says', async () => {
  await using watched = await Watched.open()
  const { scene } = watched
  const { ledger } = scene.line
  const nowMs = 1_700_000_005_000
  expect(await watched.read()).toMatchObject({ 'tidegate.signals{signal.state=held}': 0, 'tidegate.holds{}': 0 })

  const signalId = await scene.propose(accounts)
  const held = await ledger.overview(nowMs)
  const verdict = held.causes[0]?.signals[0]?.verdict
  const read = await watched.read()
  expect(verdict?.kind).toBe('hold')
  expect(read).toMatchObject({
    'tidegate.verdicts{verdict=hold}': 1,
    'tidegate.verdicts{verdict=release}': 0,
    'tidegate.signals{signal.state=held}': 1,
    'tidegate.holds{}': 1,
    'tidegate.credit.account.usage{}': held.globalCreditSpentAccountCount,
    'tidegate.credit.account.limit{}': held.globalCredit.accountCount,
    'tidegate.credit.io.limit{}': held.globalCredit.bytesPerResource,
    'tidegate.call.duration{call=propose,caller=staff,outcome=answered}': 1,
    'tidegate.call.duration{call=inForce,caller=client,outcome=answered}': accounts.length,
    'tidegate.in_force.answers{in_force=false}': accounts.length,
  })
  for (const { ruleId, severity } of verdict?.findings ?? []) {
    expect(read[`tidegate.findings{rule.id=${ruleId},severity=${severity}}`]).toBe(1)
  }
  expect(held.globalCreditSpentAccountCount).toBeGreaterThan(0)

  await scene.staff.approve(approval({ kind: 'signal', signalId }))
  expect(scene.guard.stateTag(mallory, client)).not.toBeNull()
  await scene.inForce(mallory, client)
  const { leaseId } = await scene.requestLease(mallory, signalId)
  await scene.clock.advance(1_000)
  const { items } = await scene.fetch(mallory, 20, leaseId)
  const [resource] = (await scene.staff.status({ onlyHeld: false })).resources
  expect(await watched.read()).toMatchObject({
    'tidegate.signals{signal.state=released}': 1,
    'tidegate.holds{}': 0,
    'tidegate.state_tag.responses{in_force=true}': 1,
    'tidegate.in_force.answers{in_force=true}': 1,
    'tidegate.lease.requests{outcome=granted}': 1,
    'tidegate.lease.running{resource.id=shard-1}': 1,
    'tidegate.resource.rate.usage{resource.id=shard-1}': resource?.leasedBytesPerSecond,
    'tidegate.resource.rate.limit{resource.id=shard-1}': resource?.capacityBytesPerSecond,
    'tidegate.resource.io{resource.id=shard-1}': items.reduce((sum, { payloadBytes }) => sum + payloadBytes, 0),
  })

  await scene.staff.revoke({ target: { kind: 'signal', signalId }, reason: 'it was a bug' })
  const denied = await denialOf(scene.requestLease(mallory, signalId))
  const audit = await scene.staff.audit(AuditRequest.parse({}))
  expect(scene.guard.stateTag(mallory, client)).toBeNull()
  expect([denied, audit.isIntact]).toEqual([{ kind: 'not-in-force', signalId }, true])
  const counts = (await ledger.overview(nowMs)).causes[0]?.totals.map(({ state, signalCount }) => [state, signalCount])
  expect(counts).toEqual([['revoked', 1]])
  expect(await watched.read()).toMatchObject({
    'tidegate.signals{signal.state=released}': 0,
    'tidegate.signals{signal.state=revoked}': 1,
    'tidegate.lease.requests{outcome=not-in-force}': 1,
    'tidegate.state_tag.responses{in_force=false}': 1,
    'tidegate.audit.intact{}': 1,
    'tidegate.ledger.operation.duration{ledger.operation=revoke}': 1,
  })
})

test('flags of old clients are counted as they are withheld, attached and acknowledged', async () => {
  await using watched = await Watched.open()
  const { scene } = watched
  const egress = scene.guard.egress(mailStream)
  const log = [{ at: 1, refresh: true as const }]
  const poll = async (cursor: string | null) => {
    const open = egress.open({ client: { accountId: mallory, sessionId: 's' }, cursor })
    return open.screen(mailPage(log, open.cursor))
  }
  const flags = 'tidegate.egress.flags{egress.stream=mail-events,egress.fate='
  const first = await poll('c0')
  expect(await watched.read()).toMatchObject({ [`${flags}withheld}`]: 1, [`${flags}attached}`]: 0 })

  await scene.guard.refresh()
  await scene.staff.approve(approval({ kind: 'cause', causeId: CAUSE_ID }))
  const second = await poll(first.next)
  await poll(second.next)
  expect(await watched.read()).toMatchObject({
    [`${flags}withheld}`]: 1,
    [`${flags}attached}`]: 1,
    [`${flags}acknowledged}`]: 1,
  })
})

test('without its ledger a node tells what it knows itself, how old that is, and what failed (G6)', async () => {
  await using watched = await Watched.open()
  const { scene } = watched
  scene.guard.start()
  await scene.clock.advance(500)
  scene.line.line = 'refused'
  await scene.clock.advance(5_000)
  const read = await watched.read()
  expect(read['tidegate.knowledge.age{}']).toBeGreaterThan(4)
  expect(read['tidegate.knowledge.age{}']).toBeLessThan(10)
  expect(Object.keys(read).filter((name) => name.startsWith('tidegate.signals'))).toEqual([])
  expect(read['tidegate.loop.duration{loop=read-decisions,error.type=Error}']).toBeGreaterThan(10)
  expect(read['tidegate.ledger.operation.duration{ledger.operation=readEpoch,error.type=Error}']).toBeGreaterThan(10)
  expect(read['tidegate.loop.duration{loop=read-decisions}']).toBeGreaterThan(1)
})

test('a call is a span, what it asks of the ledger one below it, and neither they nor any figure names an account', async () => {
  await using watched = await Watched.open()
  const { scene, spans } = watched
  const signalId = await scene.propose([mallory])
  await scene.inForce(mallory, client)
  await scene.requestLease(mallory, signalId)
  scene.source.failure = Object.assign(new TypeError(`no mailbox of ${mallory}`), { code: 'ENOENT' })
  await scene.clock.advance(1_000)
  await expect(scene.fetch(mallory, 1)).rejects.toThrow('Cannot answer fetch')

  const finished = spans.getFinishedSpans()
  const spanOf = (name: string) => finished.find((span) => span.name === name)
  const call = spanOf('call requestLease')
  const writing = finished.find(({ parentSpanContext }) => parentSpanContext?.spanId === call?.spanContext().spanId)
  expect(writing).toMatchObject({ name: 'ledger recordReports', attributes: { 'tidegate.ledger.entry.count': 1 } })
  expect(spanOf('call fetch')).toMatchObject({
    status: { code: 2 },
    attributes: { 'tidegate.caller': 'client', 'tidegate.outcome': 'error', 'error.type': 'ENOENT' },
    events: [],
  })
  const told = JSON.stringify([
    finished.map(({ name, attributes, status }) => [name, attributes, status]),
    await watched.read(),
  ])
  expect(told).toContain('ENOENT')
  expect(told).not.toMatch(/mallory|9c1e|no mailbox/)
})
