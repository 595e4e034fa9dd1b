import type { EpochReading } from '../core/ledger.ts'
import type { GuardLog } from './guard-log.ts'

/** What a node tells its operators of a ledger that is another incarnation than the one it knew. */
export function newEpochEntry({ epoch, begun }: EpochReading): Parameters<GuardLog>[0] {
  if (begun === null) return { level: 'info', message: `The ledger is in epoch ${epoch}, which another node began` }
  const { because, known, found } = begun
  const why =
    because === 'store-changed'
      ? 'The ledger is on another store than it was'
      : `The ledger lost its newest part: revision ${known?.revision} was read of it, and it is at ${found.revision}`
  return {
    level: 'error',
    message: `${why}. What is in it now is in force, as epoch ${epoch}; look for what was decided since it was saved`,
  }
}
