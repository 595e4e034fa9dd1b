import { expect, test } from 'vitest'
import { describeSetting, EMPTY_DRAFT, readSwitch, type SwitchDraft } from './switch-draft.ts'

const aDraft = (overrides: Partial<SwitchDraft>): SwitchDraft => ({ ...EMPTY_DRAFT, ...overrides })

test('J9: a class, a share and a time are a throttle, and the page says what it does before it is set', () => {
  const reading = readSwitch(aDraft({ clientClass: 'bridge', to: '10', lasts: '2 h' }))
  if (reading.kind !== 'setting') return expect.fail('the draft was not read')
  expect(reading.setting).toEqual({
    effect: { kind: 'throttle', clientClass: 'bridge', toRatio: 0.1 },
    endsInMs: 7_200_000,
  })
  expect(describeSetting(reading.setting)).toBe(
    'For 2 h: resyncs of class bridge draw at most 10 % of each resource together. It ends by itself.',
  )
})

test('a draft begins with nothing wrong and nothing to set', () => {
  for (const kind of ['throttle', 'pause', 'shed'] as const)
    expect(readSwitch(aDraft({ kind }))).toEqual({ kind: 'missing' })
})

test('each kind needs its own fields and looks at no other', () => {
  expect(
    readSwitch(aDraft({ kind: 'pause', cause: 'labels-2023-07', clientClass: 'No Word', to: 'much' })),
  ).toMatchObject({
    setting: { effect: { kind: 'pause', causeId: 'labels-2023-07' } },
  })
  expect(readSwitch(aDraft({ kind: 'shed', service: 'mail' }))).toEqual({ kind: 'missing' })
  expect(readSwitch(aDraft({ kind: 'shed', service: 'mail', text: 'Back at noon.' }))).toMatchObject({
    setting: { effect: { kind: 'shed', service: 'mail', text: 'Back at noon.' } },
  })
})

test.each([
  [{ clientClass: 'Bridge' }, 'clientClass'],
  [{ clientClass: 'bridge', to: '100 %' }, 'to'],
  [{ clientClass: 'bridge', to: 'half' }, 'to'],
  [{ clientClass: 'bridge', lasts: '2' }, 'lasts'],
  [{ clientClass: 'bridge', lasts: '0' }, 'lasts'],
  [{ clientClass: 'bridge', lasts: '31 d' }, 'lasts'],
  [{ kind: 'shed', service: 'Mail!', text: 'Back at noon.' }, 'service'],
] as const)('what cannot be is said at its field: %j', (draft, field) => {
  const reading = readSwitch(aDraft(draft))
  expect(reading.kind === 'errors' && Object.keys(reading.errors)).toEqual([field])
})
