import { expect, test } from 'vitest'
import { AT, CASES, SITUATIONS } from './situations.ts'
import { step } from './step.ts'

test.each(['comparing', 'catchingUp', 'fetching', 'proving'] as const)(
  'a new tag that is seen while %s is asked about before the next step, however fresh the last answer (C2, G3)',
  (kind) => {
    const { state, effects } = step(SITUATIONS[kind], CASES.tagDiffers.event, AT)
    expect(effects).toEqual([])
    const next = step(state, CASES.steps.event, AT)
    expect(next.effects.map((effect) => effect.kind)).toContain('ask-in-force')
    expect(next.effects.map((effect) => effect.kind)).not.toContain('work')
  },
)

test('a new tag that is seen while waiting is asked about at once, in the place of the wait (C2, G3)', () => {
  const asleep = { ...SITUATIONS.waiting, step: { kind: 'sleeping', id: 7 }, untilMs: AT.nowMs + 60_000 } as const
  const { state, effects } = step(asleep, CASES.tagDiffers.event, AT)
  expect(effects.map(({ kind }) => kind)).toEqual(['ask-in-force'])
  expect(state).toMatchObject({ kind: 'waiting', step: { kind: 'confirming' } })
})
