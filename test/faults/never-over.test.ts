import { hasPostgres } from '@tidegate/guard/testing'
import { describe, expect, test } from 'vitest'
import { neverOver } from '../load/never-over.ts'
import { type NeverOverPhase, PHASES } from '../load/never-over-phases.ts'

// Eight guard processes with clients that never have enough, and a capacity store that something happens to: does the
// storage ever see more than it can take? (G4) In the gate the two that most of the others are made of, and short.
const isLong = process.env.TIDEGATE_TEST_NEVER_OVER === 'long'
const QUICK: readonly NeverOverPhase[] = ['healthy', 'refused']
const FOR_MS = isLong ? 31_000 : 8_000
const phases = isLong ? (Object.keys(PHASES) as NeverOverPhase[]) : QUICK // the keys of a table are what it is keyed by

describe.skipIf(!hasPostgres('Never over: guard processes and their capacity store'))('never over', () => {
  test.each(phases)('G4: the storage never sees more than it can take: %s', async (phase) => {
    const figures = await neverOver(phase, FOR_MS)
    console.log(JSON.stringify(figures))
    expect(figures.heaviestSecond).toBeLessThanOrEqual(1)
    expect(figures.heaviestTenSeconds).toBeLessThanOrEqual(1)
    expect(figures.mostAsksPerSecond).toBeLessThanOrEqual(1)
    // A fleet that draws nothing is never over.
    expect(figures.usedShare).toBeGreaterThanOrEqual(0.05)
  })
})
