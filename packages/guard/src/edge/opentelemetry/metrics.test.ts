import { expect, test } from 'vitest'
import { METRICS, NODE_METRICS } from './metrics.ts'
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
  'tidegate.pool',
  'tidegate.resource.id',
  'tidegate.rule.id',
  'tidegate.severity',
  'tidegate.share.kind',
  'tidegate.signal.state',
  'tidegate.verdict',
]

test.each(Object.entries(METRICS))(
  '%s is named and measured as OpenTelemetry does it, with few values',
  (name, row) => {
    expect(name).toMatch(/^tidegate(\.[a-z]+(_[a-z]+)*)+$/)
    // The unit is told beside the name, and an exporter that wants it in the name puts it there.
    expect(name).not.toMatch(/seconds|bytes|_total|(^|[._])ms($|[._])/)
    expect(row.unit).toMatch(/^(1|s|By|By\/s|\{[a-z]+\})$/)
    expect(name.endsWith('.duration')).toBe(row.kind === 'histogram')
    expect(FEW).toEqual(expect.arrayContaining([...row.attributes]))
    expect(row.description).toMatch(/^[A-Z].*[^.]$/)
  },
)

test('no metric has a name that another one’s begins with as a namespace', () => {
  const names = Object.keys(METRICS)
  expect(names.filter((name) => names.some((other) => other.startsWith(`${name}.`)))).toEqual([])
})

test('a part of a fleet is told by its kind, of all kinds there are; a node by itself tells none', () => {
  const { points } = NODE_METRICS['tidegate.share.nodes']
  const of = (share: { kind: string } | null) => points({ share } as Parameters<typeof points>[0]) // all that is read
  expect(of(null)).toEqual([])
  const told = of({ kind: 'store-lost' })
  expect(told.filter(([value]) => value === 1)).toEqual([[1, { 'tidegate.share.kind': 'store-lost' }]])
  expect(told).toHaveLength(5)
})

test('Prometheus names say the unit and whether they only rise, as OpenTelemetry translates them', () => {
  const names = [
    'tidegate.call.duration',
    'tidegate.resource.io',
    'tidegate.resource.rate.usage',
    'tidegate.verdicts',
    'tidegate.resource.pace',
  ]
  expect([...names, 'tidegate.holds'].map(prometheusNameOf)).toEqual([
    'tidegate_call_duration_seconds',
    'tidegate_resource_io_bytes_total',
    'tidegate_resource_rate_usage_bytes_per_second',
    'tidegate_verdicts_total',
    'tidegate_resource_pace_ratio',
    'tidegate_holds',
  ])
  expect(() => prometheusNameOf('tidegate.none')).toThrow(RangeError)
})
