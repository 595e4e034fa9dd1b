import type { Ledger } from '../../core/ledger.ts'
import { ledgerThrough } from '../ledger-through.ts'

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
    this.ledger = ledgerThrough(real, async (operation, call) => {
      const isRead = operation === 'readEpoch' || operation === 'readClock' || operation === 'snapshot'
      if (this.#line === 'refused' || (isRead && this.#line === 'unreadable')) throw this.failure
      if (this.#line === 'frozen') await new Promise<void>((thaw) => this.#frozen.push(thaw))
      return call()
    })
  }

  set line(line: Line) {
    this.#line = line
    if (line === 'up') for (const thaw of this.#frozen.splice(0)) thaw()
  }
}
