import type { Ledger } from '../../core/ledger.ts'

/** A real ledger behind a line that a test can cut: `refused` fails at once, `frozen` answers when the line is up again. */
export class BreakableLedger {
  #line: 'up' | 'refused' | 'frozen' = 'up'
  #frozen: (() => void)[] = []
  readonly ledger: Ledger

  constructor(real: Ledger) {
    const through = async <Result>(call: () => Promise<Result>): Promise<Result> => {
      if (this.#line === 'refused') throw new Error('connection refused')
      if (this.#line === 'frozen') await new Promise<void>((thaw) => this.#frozen.push(thaw))
      return call()
    }
    this.ledger = {
      keys: real.keys,
      registerCause: (...given) => through(() => real.registerCause(...given)),
      propose: (...given) => through(() => real.propose(...given)),
      judge: (...given) => through(() => real.judge(...given)),
      approve: (...given) => through(() => real.approve(...given)),
      advance: (...given) => through(() => real.advance(...given)),
      reject: (...given) => through(() => real.reject(...given)),
      revoke: (...given) => through(() => real.revoke(...given)),
      setModes: (...given) => through(() => real.setModes(...given)),
      tick: (...given) => through(() => real.tick(...given)),
      recordSightings: (...given) => through(() => real.recordSightings(...given)),
      recordReports: (...given) => through(() => real.recordReports(...given)),
      readEpoch: (...given) => through(() => real.readEpoch(...given)),
      snapshot: (...given) => through(() => real.snapshot(...given)),
      listen: (...given) => real.listen(...given),
      overview: (...given) => through(() => real.overview(...given)),
      audit: (...given) => through(() => real.audit(...given)),
      pruneEvents: (...given) => through(() => real.pruneEvents(...given)),
      timeline: (...given) => through(() => real.timeline(...given)),
      egress: {
        recordFlags: (...given) => through(() => real.egress.recordFlags(...given)),
        claimDeliveries: (...given) => through(() => real.egress.claimDeliveries(...given)),
        recordArrivals: (...given) => through(() => real.egress.recordArrivals(...given)),
      },
    }
  }

  set line(line: 'up' | 'refused' | 'frozen') {
    this.#line = line
    if (line === 'up') for (const thaw of this.#frozen.splice(0)) thaw()
  }
}
