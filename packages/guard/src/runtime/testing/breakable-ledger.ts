import type { Ledger } from '../../core/ledger.ts'

/** `refused` fails at once, `frozen` answers when the line is up again, `unreadable` refuses only what a node's memory reads. */
type Line = 'up' | 'refused' | 'frozen' | 'unreadable'

/** A real ledger behind a line that a test can cut. */
export class BreakableLedger {
  #line: Line = 'up'
  #frozen: (() => void)[] = []
  readonly ledger: Ledger
  /** What a refused call throws. */
  failure: Error = new Error('connection refused')

  constructor(real: Ledger) {
    const through = async <Result>(call: () => Promise<Result>): Promise<Result> => {
      if (this.#line === 'refused') throw this.failure
      if (this.#line === 'frozen') await new Promise<void>((thaw) => this.#frozen.push(thaw))
      return call()
    }
    const read = async <Result>(call: () => Promise<Result>): Promise<Result> => {
      if (this.#line === 'unreadable') throw this.failure
      return through(call)
    }
    this.ledger = {
      tagKey: real.tagKey,
      registerCause: (...given) => through(() => real.registerCause(...given)),
      propose: (...given) => through(() => real.propose(...given)),
      judge: (...given) => through(() => real.judge(...given)),
      approve: (...given) => through(() => real.approve(...given)),
      extend: (...given) => through(() => real.extend(...given)),
      advance: (...given) => through(() => real.advance(...given)),
      reject: (...given) => through(() => real.reject(...given)),
      revoke: (...given) => through(() => real.revoke(...given)),
      setModes: (...given) => through(() => real.setModes(...given)),
      rotateKey: (...given) => through(() => real.rotateKey(...given)),
      revokeKey: (...given) => through(() => real.revokeKey(...given)),
      retireKeys: (...given) => through(() => real.retireKeys(...given)),
      tick: (...given) => through(() => real.tick(...given)),
      recordSightings: (...given) => through(() => real.recordSightings(...given)),
      recordReports: (...given) => through(() => real.recordReports(...given)),
      readEpoch: (...given) => read(() => real.readEpoch(...given)),
      readClock: (...given) => read(() => real.readClock(...given)),
      snapshot: (...given) => read(() => real.snapshot(...given)),
      listen: (...given) => through(() => real.listen(...given)),
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

  set line(line: Line) {
    this.#line = line
    if (line === 'up') for (const thaw of this.#frozen.splice(0)) thaw()
  }
}
