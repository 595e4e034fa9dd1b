import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { Caller, GuardTelemetry } from '@tidegate/guard'
import { METRICS, openTelemetry, withUnit } from '@tidegate/guard/opentelemetry'
import { Denied } from '@tidegate/protocol'

/** A figure that is not there within so long is left out. */
const COLLECT_TIMEOUT_MS = 5_000

/** The guard's metrics, for Prometheus to fetch. */
export interface Metrics {
  /** What the guard is made with. */
  readonly telemetry: GuardTelemetry
  /** All figures now, in Prometheus' text format. Whoever asks while they are collected is given the same. */
  text(): Promise<string>
}

/**
 * Collects in this process; the exporter's own server is not started. Traces go to whatever SDK the process was started
 * with.
 */
export function createMetrics(): Metrics {
  const reader = new PrometheusExporter({ preventServerStart: true })
  const serializer = new PrometheusSerializer('', false, undefined, true, true)
  const views = Object.keys(METRICS).map((name) => ({ instrumentName: name, name: withUnit(name) }))
  const meterProvider = new MeterProvider({ readers: [reader], views })
  const collect = async () => {
    const { resourceMetrics } = await reader.collect({ timeoutMillis: COLLECT_TIMEOUT_MS })
    return serializer.serialize(resourceMetrics)
  }
  let collecting: Promise<string> | null = null
  return {
    telemetry: openTelemetry({ meterProvider }),
    text() {
      collecting ??= collect().finally(() => {
        collecting = null
      })
      return collecting
    },
  }
}

/** @throws Denied `not-identified` or `forbidden` for whoever may not look at everything */
export function requireViewer(caller: Caller | null): void {
  if (caller === null) throw new Denied({ kind: 'not-identified' })
  const isViewer = caller.kind === 'staff' && (caller.roles.includes('viewer') || caller.roles.includes('operator'))
  if (!isViewer) throw new Denied({ kind: 'forbidden', needsRole: 'viewer' })
}
