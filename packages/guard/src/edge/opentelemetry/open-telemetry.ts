import {
  type Attributes,
  type Histogram,
  type Meter,
  type MeterProvider,
  metrics,
  type Span,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import { Denied } from '@tidegate/protocol'
import { loggedError } from '../../core/logged-error.ts'
import type { GuardTelemetry, Step } from '../../runtime/telemetry.ts'
import { type MetricRow, TIMED_METRICS } from './metrics.ts'
import { observeMetrics } from './observed-metrics.ts'

export interface OpenTelemetryOptions {
  /** Default: the global one, which does nothing until the host registers an SDK. */
  readonly meterProvider?: MeterProvider
  /** Default: the global one. */
  readonly tracerProvider?: TracerProvider
}

/** The scope of all its instruments and spans. */
export const SCOPE = '@tidegate/guard'

/** Seconds: a state tag's neighbourhood at the lower end, a client's patience at the upper one. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Metrics and traces of one guard through `@opentelemetry/api`. Names of accounts and clients are in none of them, nor what
 * an error says: only its code or class.
 *
 * ```ts
 * const guard = await createGuard({ ledger, source, resources, telemetry: openTelemetry() })
 * ```
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): GuardTelemetry {
  const meter = (options.meterProvider ?? metrics).getMeter(SCOPE)
  const tracer = (options.tracerProvider ?? trace).getTracer(SCOPE)
  const takeTime = timers(meter)
  return {
    observe: (source) => observeMetrics(meter, source),
    during: (step, work) => inSpan(tracer, step, work, takeTime),
  }
}

/** Notes how long a step took and how it ended: null when well, else with what was thrown. */
type TakeTime = (step: Step, seconds: number, ended: Ended) => void
type Ended = { readonly thrown: unknown } | null

async function inSpan<Result>(
  tracer: Tracer,
  step: Step,
  work: () => Promise<Result>,
  takeTime: TakeTime,
): Promise<Result> {
  const { name, attributes } = spanOf(step)
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    const beganAtMs = performance.now()
    let ended: Ended = null
    try {
      return await work()
    } catch (thrown) {
      ended = { thrown }
      throw thrown
    } finally {
      takeTime(step, (performance.now() - beganAtMs) / 1000, ended)
      endSpan(span, step, ended)
    }
  })
}

function spanOf(step: Step): { readonly name: string; readonly attributes: Attributes } {
  if (step.kind === 'call') {
    const attributes = { 'tidegate.call': step.call, 'tidegate.caller': step.caller }
    return { name: `call ${step.call}`, attributes }
  }
  if (step.kind === 'loop') return { name: `loop ${step.loop}`, attributes: { 'tidegate.loop': step.loop } }
  const { operation, entryCount } = step
  const size = entryCount === null ? {} : { 'tidegate.ledger.entry.count': entryCount }
  return { name: `ledger ${operation}`, attributes: { 'tidegate.ledger.operation': operation, ...size } }
}

/** Never `recordException`: it would carry what the error says. */
function endSpan(span: Span, step: Step, ended: Ended): void {
  if (step.kind === 'call') span.setAttribute('tidegate.outcome', outcomeOf(ended))
  const errorType = errorTypeOf(ended)
  if (errorType !== null) {
    span.setAttribute('error.type', errorType)
    span.setStatus({ code: SpanStatusCode.ERROR })
  }
  span.end()
}

function timers(meter: Meter): TakeTime {
  const histogram = (name: keyof typeof TIMED_METRICS): Histogram => {
    const { unit, description }: MetricRow = TIMED_METRICS[name]
    return meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: BUCKETS } })
  }
  const calls = histogram('tidegate.call.duration')
  const operations = histogram('tidegate.ledger.operation.duration')
  const loops = histogram('tidegate.loop.duration')
  const { unit, description } = TIMED_METRICS['tidegate.lease.requests']
  const leases = meter.createCounter('tidegate.lease.requests', { unit, description })
  return (step, seconds, ended) => {
    const errorType = errorTypeOf(ended)
    const failed = errorType === null ? {} : { 'error.type': errorType }
    if (step.kind === 'ledger') operations.record(seconds, { 'tidegate.ledger.operation': step.operation, ...failed })
    if (step.kind === 'loop') loops.record(seconds, { 'tidegate.loop': step.loop, ...failed })
    if (step.kind !== 'call') return
    const outcome = outcomeOf(ended)
    const { call, caller } = step
    calls.record(seconds, { 'tidegate.call': call, 'tidegate.caller': caller, 'tidegate.outcome': outcome, ...failed })
    if (call === 'requestLease') leases.add(1, { 'tidegate.outcome': outcome === 'answered' ? 'granted' : outcome })
  }
}

/** A denial is an answer. */
function outcomeOf(ended: Ended): string {
  if (ended === null) return 'answered'
  return ended.thrown instanceof Denied ? ended.thrown.denial.kind : 'error'
}

function errorTypeOf(ended: Ended): string | null {
  if (ended === null || ended.thrown instanceof Denied) return null
  const { code, name } = loggedError(ended.thrown, 'hidden')
  return code ?? name
}
