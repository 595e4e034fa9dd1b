import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HINT_SPACING_MS, HINT_SPREAD_MS, hintAnswered, hintHeard, NO_HINT_YET } from './hint-pace.ts'

/** Plays hints at rising moments; each question is asked the moment it is due. @returns when questions were asked */
function questionsFor(hints: readonly { readonly nowMs: number; readonly chance: number }[]): number[] {
  const askedAtMs: number[] = []
  let pace = NO_HINT_YET
  const askUntil = (nowMs: number) => {
    if (pace.dueAtMs === null || pace.dueAtMs > nowMs) return
    askedAtMs.push(pace.dueAtMs)
    pace = hintAnswered(pace.dueAtMs)
  }
  for (const hint of hints) {
    askUntil(hint.nowMs)
    pace = hintHeard(pace, hint)
  }
  askUntil(Number.POSITIVE_INFINITY)
  return askedAtMs
}

const Hints = fc
  .array(fc.record({ afterMs: fc.nat(20_000), chance: fc.double({ min: 0, max: 0.999, noNaN: true }) }), {
    maxLength: 200,
  })
  .map((gaps) => {
    let nowMs = 0
    return gaps.map(({ afterMs, chance }) => {
      nowMs += afterMs
      return { nowMs, chance }
    })
  })

test('a flood of hints is no flood of questions: never two within the spacing', () => {
  fc.assert(
    fc.property(Hints, (hints) => {
      const asked = questionsFor(hints)
      for (const [at, askedAtMs] of asked.entries())
        if (at > 0) expect(askedAtMs - (asked[at - 1] ?? 0)).toBeGreaterThanOrEqual(HINT_SPACING_MS)
    }),
  )
  const flood = Array.from({ length: 60_000 }, (_, nowMs) => ({ nowMs, chance: 0.5 }))
  expect(questionsFor(flood).length).toBeLessThanOrEqual(60_000 / HINT_SPACING_MS)
})

test('every hint is followed by a question, soon, and no question comes without one', () => {
  fc.assert(
    fc.property(Hints, (hints) => {
      const asked = questionsFor(hints)
      for (const { nowMs } of hints) {
        const next = asked.find((askedAtMs) => askedAtMs >= nowMs) ?? Number.POSITIVE_INFINITY
        expect(next - nowMs).toBeLessThanOrEqual(HINT_SPACING_MS + HINT_SPREAD_MS)
      }
      expect(asked.length).toBeLessThanOrEqual(hints.length)
    }),
  )
})

test('a crowd that hears the same hint asks spread over two seconds', () => {
  const asked = [0, 0.25, 0.5, 0.999].flatMap((chance) => questionsFor([{ nowMs: 1_000, chance }]))
  expect(asked).toEqual([1_000, 1_500, 2_000, 2_998])
})
