import type { EgressLedger } from '../core/egress/egress-ledger.ts'
import type { Ledger } from '../core/ledger.ts'

/** What a ledger can be asked to do. */
export type LedgerOperation = Exclude<keyof Ledger, 'tagKey' | 'egress'> | keyof EgressLedger

/** Does one operation, or does not. `entryCount` is how many entries a batch holds. */
export type Through = <Result>(
  operation: LedgerOperation,
  call: () => Promise<Result>,
  entryCount?: number,
) => Promise<Result>

/** The same ledger, with every operation going through one function. */
export function ledgerThrough(real: Ledger, through: Through): Ledger {
  const { egress } = real
  return {
    tagKey: real.tagKey,
    registerCause: (...given) => through('registerCause', () => real.registerCause(...given)),
    propose: (...given) => through('propose', () => real.propose(...given)),
    judge: (...given) => through('judge', () => real.judge(...given)),
    approve: (...given) => through('approve', () => real.approve(...given)),
    extend: (...given) => through('extend', () => real.extend(...given)),
    advance: (...given) => through('advance', () => real.advance(...given)),
    reject: (...given) => through('reject', () => real.reject(...given)),
    revoke: (...given) => through('revoke', () => real.revoke(...given)),
    setModes: (...given) => through('setModes', () => real.setModes(...given)),
    setSwitch: (...given) => through('setSwitch', () => real.setSwitch(...given)),
    liftSwitch: (...given) => through('liftSwitch', () => real.liftSwitch(...given)),
    rotateKey: (...given) => through('rotateKey', () => real.rotateKey(...given)),
    revokeKey: (...given) => through('revokeKey', () => real.revokeKey(...given)),
    retireKeys: (...given) => through('retireKeys', () => real.retireKeys(...given)),
    tick: (...given) => through('tick', () => real.tick(...given)),
    recordSightings: (...given) => through('recordSightings', () => real.recordSightings(...given), given[0].length),
    recordReports: (...given) => through('recordReports', () => real.recordReports(...given), given[0].length),
    readEpoch: (...given) => through('readEpoch', () => real.readEpoch(...given)),
    readClock: (...given) => through('readClock', () => real.readClock(...given)),
    snapshot: (...given) => through('snapshot', () => real.snapshot(...given)),
    listen: (...given) => through('listen', () => real.listen(...given)),
    overview: (...given) => through('overview', () => real.overview(...given)),
    figures: (...given) => through('figures', () => real.figures(...given)),
    audit: (...given) => through('audit', () => real.audit(...given)),
    pruneEvents: (...given) => through('pruneEvents', () => real.pruneEvents(...given)),
    timeline: (...given) => through('timeline', () => real.timeline(...given)),
    egress: {
      recordFlags: (...given) => through('recordFlags', () => egress.recordFlags(...given), given[0].length),
      claimDeliveries: (...given) =>
        through('claimDeliveries', () => egress.claimDeliveries(...given), given[0].length),
      recordArrivals: (...given) => through('recordArrivals', () => egress.recordArrivals(...given), given[0].length),
    },
  }
}
