import { METRICS } from './metrics.ts'

const SUFFIXES: Readonly<Record<string, string>> = {
  s: '.seconds',
  By: '.bytes',
  'By/s': '.bytes_per_second',
  1: '.ratio',
}

/**
 * The name with its unit in it, for a view of a MeterProvider: OpenTelemetry's own exporters for Prometheus put it there,
 * the one in JavaScript does not.
 *
 * @throws RangeError for what is no metric of a guard
 */
export function withUnit(name: string): string {
  return name + (SUFFIXES[rowOf(name).unit] ?? '')
}

/** What a metric is called in Prometheus. @throws RangeError for what is no metric of a guard */
export function prometheusNameOf(name: string): string {
  const spelt = withUnit(name).replaceAll('.', '_')
  return rowOf(name).kind === 'counter' ? `${spelt}_total` : spelt
}

function rowOf(name: string) {
  const row = METRICS[name]
  if (!row) throw new RangeError(`Cannot name a metric for Prometheus: the guard has none called ${name}`)
  return row
}
