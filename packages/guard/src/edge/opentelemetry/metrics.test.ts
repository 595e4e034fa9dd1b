import { expect, test } from 'vitest'
import { METRICS } from './metrics.ts'
import { prometheusNameOf } from './prometheus-name.ts'

/** Attributes whose values are few, whoever uses the guard. Names of accounts, clients, signals and causes are not. */
const FEW = [
  'error.type',
  'tidegate.call',
  'tidegate.caller',
  'tidegate.egress.fate',
  'tidegate.egress.stream',
  'tidegate.in_force',
  'tidegate.ledger.operation',
  'tidegate.loop',
  'tidegate.outcome',
  'tidegate.resource.id',
  'tidegate.rule.id',
  'tidegate.severity',
  'tidegate.signal.state',
  'tidegate.verdict',
]

test.each(Object.entries(METRICS))(
  '%s is named and measured as OpenTelemetry does it, with few values',
  (name, row) => {
    expect(name).toMatch(/^tidegate(\.[a-z]+(_[a-z]+)*)+$/)
    // The unit is told beside the name, and an exporter that wants it in the name puts it there.
    expect(name).not.toMatch(/seconds|bytes|_total|(^|[._])ms($|[._])/)
    expect(row.unit).toMatch(/^(s|By|By\/s|\{[a-z]+\})$/)
    expect(name.endsWith('.duration')).toBe(row.kind === 'histogram')
    expect(FEW).toEqual(expect.arrayContaining([...row.attributes]))
    expect(row.description).toMatch(/^[A-Z].*[^.]$/)
  },
)

test('no metric has a name that another one’s begins with as a namespace', () => {
  const names = Object.keys(METRICS)
  expect(names.filter((name) => names.some((other) => other.startsWith(`${name}.`)))).toEqual([])
})

test('Prometheus names say the unit and whether they only rise, as OpenTelemetry translates them', () => {
  const names = ['tidegate.call.duration', 'tidegate.resource.io', 'tidegate.resource.rate.usage', 'tidegate.verdicts']
  expect([...names, 'tidegate.holds'].map(prometheusNameOf)).toEqual([
    'tidegate_call_duration_seconds',
    'tidegate_resource_io_bytes_total',
    'tidegate_resource_rate_usage_bytes_per_second',
    'tidegate_verdicts_total',
    'tidegate_holds',
  ])
  expect(() => prometheusNameOf('tidegate.none')).toThrow(RangeError)
})
