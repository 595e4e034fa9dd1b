/**
 * What a node's share of its resources is, and what changes it:
 *
 *     no-slot ──granted──▶ healthy ──lease-ended──▶ store-lost ──safe-ended──▶ no-slot
 *        ▲                  │  ▲  ▲                     │
 *     refused       (new epoch) └──granted── learning ◀─┘ granted-learning
 *
 * - `no-slot`: admits nothing. It never had a slot, was refused it, or could not reach the store for so long that it is gone.
 * - `learning`: the store is new, or lost what it knew: no more than was held before.
 * - `healthy`: admits its lease.
 * - `store-lost`: the lease ran out before the store answered: the safe share and no more.
 * - `left`: gave its slot back, for good.
 */
export type ShareKind = 'no-slot' | 'learning' | 'healthy' | 'store-lost' | 'left'

/** `failed`: the store did not answer, or not in time. `lease-ended`, `safe-ended`: by the node's own clocks. */
export type ShareEvent = 'granted' | 'granted-learning' | 'refused' | 'failed' | 'lease-ended' | 'safe-ended' | 'left'

/** Every event in every state. A failure by itself takes nothing away: what was promised was promised for a term. */
export const SHARE_STATES = {
  'no-slot': {
    granted: 'healthy',
    'granted-learning': 'learning',
    refused: 'no-slot',
    failed: 'no-slot',
    'lease-ended': 'no-slot',
    'safe-ended': 'no-slot',
    left: 'left',
  },
  learning: {
    granted: 'healthy',
    'granted-learning': 'learning',
    refused: 'no-slot',
    failed: 'learning',
    'lease-ended': 'store-lost',
    'safe-ended': 'no-slot',
    left: 'left',
  },
  healthy: {
    granted: 'healthy',
    'granted-learning': 'learning',
    refused: 'no-slot',
    failed: 'healthy',
    'lease-ended': 'store-lost',
    'safe-ended': 'no-slot',
    left: 'left',
  },
  'store-lost': {
    granted: 'healthy',
    'granted-learning': 'learning',
    refused: 'no-slot',
    failed: 'store-lost',
    'lease-ended': 'store-lost',
    'safe-ended': 'no-slot',
    left: 'left',
  },
  left: {
    granted: 'left',
    'granted-learning': 'left',
    refused: 'left',
    failed: 'left',
    'lease-ended': 'left',
    'safe-ended': 'left',
    left: 'left',
  },
} as const satisfies Record<ShareKind, Record<ShareEvent, ShareKind>>
