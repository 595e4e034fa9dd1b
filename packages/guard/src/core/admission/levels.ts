/** A kind of traffic on a resource, and what of the resource is always there for it, a share in [0, 1). */
export interface Level {
  readonly name: string
  readonly guaranteedShare: number
}

/** Another service that shares the storage, and what it keeps of it, a share in [0, 1), whether it uses it or not. */
export interface Neighbour {
  readonly name: string
  readonly share: number
}

/**
 * Who goes first. What no level uses flows to whoever asks, first to the first, so a guarantee matters only when there is
 * too little: people keep three tenths while deliveries flood in, deliveries two tenths while people do. Resyncs have no
 * guarantee, because the cut lands on them (G5); the half that is nobody's by guarantee is theirs on any ordinary day.
 */
export const DEFAULT_LEVELS: readonly Level[] = [
  { name: 'interactive', guaranteedShare: 0.3 },
  { name: 'delivery', guaranteedShare: 0.2 },
  { name: 'resync', guaranteedShare: 0 },
]

/** They name points of metrics, so there is no end to what may go wrong with others. */
const POOL_NAME = /^[a-z][a-z0-9-]{0,31}$/

/**
 * @returns the levels and neighbours as given
 * @throws RangeError for no level, a name that is no word or is there twice, or shares that leave nothing for all
 */
export function checkedLevels<
  Of extends { readonly levels: readonly Level[]; readonly neighbours: readonly Neighbour[] },
>(given: Of): Of {
  const { levels, neighbours } = given
  if (levels.length === 0) throw new RangeError('Cannot divide a resource: at least one level is required, got none')
  const names = [...levels, ...neighbours].map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) < at)
  const odd = names.find((name) => !POOL_NAME.test(name))
  if (odd !== undefined) {
    throw new RangeError(
      `Cannot divide a resource: a pool's name must be a lower-case word of at most 32 characters, got ${odd}`,
    )
  }
  if (twice !== undefined) throw new RangeError(`Cannot divide a resource: two pools are called ${twice}`)
  assertShares(
    'guaranteedShare of levels',
    levels.map((level) => level.guaranteedShare),
  )
  assertShares(
    'share of neighbours',
    neighbours.map(({ share }) => share),
  )
  return given
}

function assertShares(what: string, shares: readonly number[]): void {
  const sum = shares.reduce((total, share) => total + share, 0)
  if (shares.every((share) => share >= 0) && sum < 1) return
  throw new RangeError(
    `Cannot divide a resource: each ${what} must be from 0 and all together below 1, got ${shares.join(', ')}`,
  )
}
