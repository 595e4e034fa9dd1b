import { murmur3 } from './murmur3.ts'

// Seeds only have to differ, so that a client's turn says nothing about its account's cohort. "posi" and "coho" in ASCII.
const POSITION_SEED = 0x706f7369
const COHORT_SEED = 0x636f686f
const TWO_TO_32 = 4_294_967_296

// Crowds are walked one signal at a time, and a signal's part of the hash is half of the work: remembering the last one
// keeps a call within 100 ns (test/bench/position.ts). What comes out depends on the arguments alone.
const seedOfPositions = rememberLast((signalId) => murmur3(signalId, POSITION_SEED))
const seedOfCohorts = rememberLast((signalId) => murmur3(signalId, COHORT_SEED))

/**
 * A client's place in the crowd that a signal calls: for ever the same, whatever restarts (C7).
 *
 * Computed as murmur3(clientId, murmur3(signalId, seed)) / 2^32, so a caller that walks many clients of one signal may
 * keep the inner hash; see {@link positionSeed}.
 *
 * @returns a number in [0, 1), uniform over clients, in steps of 2^-32
 */
export function position(signalId: string, clientId: string): number {
  return positionFromSeed(seedOfPositions(signalId), clientId)
}

/** The part of {@link position} that is the same for all clients of a signal. */
export function positionSeed(signalId: string): number {
  return murmur3(signalId, POSITION_SEED)
}

/** {@link position} with its signal's part worked out before. */
export function positionFromSeed(seed: number, clientId: string): number {
  return murmur3(clientId, seed) / TWO_TO_32
}

/**
 * An account's place in the staging of a signal: a stage of share s holds the accounts whose cohort is below s, so
 * whoever was in stays in as the share grows.
 *
 * @returns a number in [0, 1), uniform over accounts, in steps of 2^-32
 */
export function cohort(signalId: string, accountId: string): number {
  return murmur3(accountId, seedOfCohorts(signalId)) / TWO_TO_32
}

/**
 * How long a client still has to wait for its turn.
 *
 * @param options.position in [0, 1)
 * @param options.windowMs how long the crowd is spread over; a longer window stretches, never reshuffles
 * @param options.startedAgoMs how long ago the client's stage began
 * @returns milliseconds from now, 0 when the turn has come
 */
export function notBeforeInMs(options: { position: number; windowMs: number; startedAgoMs: number }): number {
  return Math.max(0, Math.ceil(options.position * options.windowMs - options.startedAgoMs))
}

function rememberLast(seedOf: (signalId: string) => number): (signalId: string) => number {
  let lastSignalId = ''
  let lastSeed = seedOf(lastSignalId)
  return (signalId) => {
    if (signalId !== lastSignalId) {
      lastSeed = seedOf(signalId)
      lastSignalId = signalId
    }
    return lastSeed
  }
}
