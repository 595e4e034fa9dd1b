import type { CapacityAnswer, CapacityAsk } from '../core/shares/capacity-exchange.ts'

/**
 * Where nodes agree on who may admit how much. The one thing that nodes ask of each other while they admit: at most one
 * exchange per node and second, for all its resources, and never on the way of a request.
 *
 * Promises, all of `core/shares/capacity-book.ts`:
 * - exchanges happen one after another, each whole or not at all; what an answer promises is written down first, as
 *   durably as the store is;
 * - times are the store's own; nobody's but its clock is asked, and one that is set back or forward ends nothing early by
 *   more than `MAX_BOOK_GAP_MS`;
 * - whoever's answer is lost holds no more than the store has written down: an exchange that was given up may still have
 *   happened, and may still happen;
 * - a store that was wiped, restored or promoted is another one, says so in `epoch`, and gives nobody more than it says
 *   it holds until whatever the one before gave away has run out. The one before must have stopped answering.
 */
export interface CapacityStore {
  /** @throws whatever the store does when it cannot be reached */
  exchange(ask: CapacityAsk): Promise<CapacityAnswer>
}

/**
 * What a store does that has never been asked: `wait` until safe shares that an older one may have given have run out, five
 * minutes, or `begin-at-once`, because somebody knows that there was none before.
 */
export type WhenNew = 'wait' | 'begin-at-once'
