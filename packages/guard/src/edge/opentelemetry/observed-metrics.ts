import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api'
import type { FigureSource } from '../../runtime/telemetry.ts'
import { LEDGER_METRICS, NODE_METRICS, type ObservedRow } from './metrics.ts'

type Rows<Figures> = Readonly<Record<string, ObservedRow<Figures>>>

/** Lets the meter ask a node for its figures whenever somebody collects. @returns ends it */
export function observeMetrics(meter: Meter, source: FigureSource): () => void {
  const ends = [
    observed(meter, NODE_METRICS, async () => source.node()),
    // Two sets, because the node's own must not be missing when the ledger says nothing.
    observed(meter, LEDGER_METRICS, () => source.ledger()),
  ]
  return () => {
    for (const end of ends) end()
  }
}

function observed<Figures>(meter: Meter, rows: Rows<Figures>, read: () => Promise<Figures | null>): () => void {
  const instruments = Object.entries(rows).map(([name, row]) => ({ row, instrument: instrumentOf(meter, name, row) }))
  const callback = async (result: BatchObservableResult) => {
    const figures = await read()
    if (figures === null) return
    for (const { row, instrument } of instruments) {
      for (const [value, attributes] of row.points(figures)) result.observe(instrument, value, attributes)
    }
  }
  const observables = instruments.map(({ instrument }) => instrument)
  meter.addBatchObservableCallback(callback, observables)
  return () => meter.removeBatchObservableCallback(callback, observables)
}

function instrumentOf(meter: Meter, name: string, { kind, unit, description }: ObservedRow<never>): Observable {
  const options = { unit, description }
  if (kind === 'counter') return meter.createObservableCounter(name, options)
  return kind === 'updown'
    ? meter.createObservableUpDownCounter(name, options)
    : meter.createObservableGauge(name, options)
}
