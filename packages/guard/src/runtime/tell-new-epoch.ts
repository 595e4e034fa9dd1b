import type { EpochReading } from '../core/ledger.ts'
import type { NodeLog } from './logger.ts'

/** Tells the operators of a node that its ledger is another incarnation than the one it knew. */
export function tellNewEpoch(log: NodeLog, { epoch, begun }: EpochReading): void {
  if (begun === null) {
    log('ledger.epoch-followed', { fields: { epoch } })
    return
  }
  const { because, epochBefore, known, found } = begun
  const knownRevision = known?.revision ?? null
  log('ledger.epoch-began', { fields: { epoch, epochBefore, because, knownRevision, foundRevision: found.revision } })
}
