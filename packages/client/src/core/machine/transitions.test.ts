import { expect, test } from 'vitest'
import type { Event } from './event.ts'
import { AT, CASES, type Case, SITUATIONS } from './situations.ts'
import type { State } from './state.ts'
import { step } from './step.ts'

const CODES = {
  current: 'cu',
  noticed: 'no',
  confirming: 'cf',
  comparing: 'cp',
  catchingUp: 'cc',
  asking: 'as',
  waiting: 'wa',
  fetching: 'fe',
  proving: 'pr',
  stopping: 'st',
  paused: 'pa',
  declined: 'de',
  stuck: 'sk',
  off: 'of',
} as const satisfies Record<State['kind'], string>

/**
 * Every event in every state, without gaps: the kind of state that follows, or `··` when nothing happens (the same state
 * object comes back, and nothing is to be done). One typical state of each kind stands for it; see `situations.ts`.
 */
// biome-ignore format: a table is read by its columns
const TABLE: Record<Case, string> = {
  //                     current  comparing   waiting   stopping  stuck
  //                       noticed   catchingUp   fetching   paused  off
  //                         confirming   asking     proving     declined
  tagDiffers:           'cf ·· ·· cp cc as wa fe pr st pa cf cf cf',
  tagAsBefore:          '·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ··',
  hinted:               'cf ·· ·· cp cc as wa fe pr st pa cf cf cf',
  goesOffline:          'cu no no wa wa as wa wa wa st pa de sk of',
  comesOnline:          'cu cf cf cp cc as wa fe pr st pa de sk of',
  gainsLock:            'cu cf cf cp cc as wa fe pr st pa de sk of',
  gainsLockAfterCrash:  'cf cf cf cp cc as wa fe pr st pa cf cf cf',
  gainsLockOfPaused:    'cf cf cf cp cc as wa fe pr st pa cf cf cf',
  losesLock:            'cu no no no no no no no no no no de sk of',
  pause:                '·· ·· ·· pa pa pa pa pa pa ·· ·· ·· ·· ··',
  resume:               '·· ·· ·· ·· ·· ·· ·· ·· ·· ·· cp ·· ·· ··',
  cancel:               '·· ·· ·· de de de de de de ·· de ·· ·· ··',
  reconsider:           'cf no cf cp cc as wa fe pr st pa cf cf of',
  firstLoad:            'cc no cf cp cc as wa fe pr st pa cc cc cc',
  firstLoadElsewhere:   'cu no cf cp cc as wa fe pr st pa de sk of',
  setOff:               'of of of st st st st st st st st of of of',
  setEnforce:           'cu no cf cp cc as wa fe pr st pa de sk of',
  setObserve:           'cu no cf st st st st st st st st de sk of',
  confirmed:            '·· ·· cp cp cc as wa fe pr ·· ·· ·· ·· ··',
  confirmedPaused:      '·· ·· pa cp cc as wa fe pr ·· ·· ·· ·· ··',
  revoked:              '·· ·· cu st st st st st st ·· ·· ·· ·· ··',
  higherVersion:        '·· ·· cp st st st st st st ·· ·· ·· ·· ··',
  sameScopeToo:         '·· ·· cp cp cc as wa fe pr ·· ·· ·· ·· ··',
  refetchToo:           '·· ·· cp st st st st st st ·· ·· ·· ·· ··',
  alreadyCompleted:     '·· ·· cu cp cc as wa fe pr ·· ·· ·· ·· ··',
  alreadyDeclined:      '·· ·· de cp cc as wa fe pr ·· ·· ·· ·· ··',
  alreadyStuck:         '·· ·· sk cp cc as wa fe pr ·· ·· ·· ·· ··',
  remoteOff:            '·· ·· of st st st st st st ·· ·· ·· ·· ··',
  remoteObserve:        '·· ·· cp st st st st st st ·· ·· ·· ·· ··',
  noValidAnswer:        '·· ·· no wa wa as wa wa wa ·· ·· ·· ·· ··',
  wakes:                '·· cf ·· ·· ·· cp wa fe pr ·· ·· ·· ·· ··',
  steps:                '·· ·· ·· cp cc ·· ·· fe pr ·· ·· ·· ·· ··',
  equal:                '·· ·· ·· cu cu ·· ·· ·· cu ·· ·· ·· ·· ··',
  differs:              '·· ·· ·· cc ·· ·· ·· ·· cc ·· ·· ·· ·· ··',
  planned:              '·· ·· ·· ·· as ·· ·· ·· ·· ·· ·· ·· ·· ··',
  drained:              '·· ·· ·· ·· ·· ·· ·· pr ·· ·· ·· ·· ·· ··',
  saysNow:              '·· ·· ·· ·· ·· wa ·· ·· ·· ·· ·· ·· ·· ··',
  coveredByBudget:              '·· ·· ·· ·· ·· wa ·· ·· ·· ·· ·· ·· ·· ··',
  saysTonight:          '·· ·· ·· ·· ·· as ·· ·· ·· ·· ·· ·· ·· ··',
  saysNotNow:           '·· ·· ·· ·· ·· de ·· ·· ·· ·· ·· ·· ·· ··',
  leased:               '·· ·· ·· ·· ·· ·· fe fe pr ·· ·· ·· ·· ··',
  deniedWait:           '·· ·· ·· wa wa wa wa wa wa ·· ·· ·· ·· ··',
  deniedRenew:          '·· ·· ·· cp cp cp wa wa wa ·· ·· ·· ·· ··',
  deniedStop:           '·· ·· ·· st st st st st st ·· ·· ·· ·· ··',
  deniedGiveUp:         '·· ·· ·· wa wa wa wa wa wa ·· ·· ·· ·· ··',
  networkFails:         '·· ·· no wa wa wa wa wa wa cu ·· ·· ·· ··',
  fails:                '·· ·· no wa wa wa wa wa wa cu ·· ·· ·· ··',
  halts:                '·· ·· ·· ·· ·· ·· ·· ·· ·· cu ·· ·· ·· ··',
}

test.each(Object.keys(TABLE) as Case[])('%s does in every state what the table says', (name) => {
  const found = Object.values(SITUATIONS).map((situation) => {
    const { state, event } = meeting(situation, name)
    const { state: next, effects } = step(state, event, AT)
    return next === state && effects.length === 0 ? '··' : CODES[next.kind]
  })
  expect(found.join(' ')).toBe(TABLE[name])
})

test('the answer to an effect that is no longer waited for is nothing, in every state', () => {
  for (const situation of Object.values(SITUATIONS)) {
    for (const { event } of Object.values(CASES)) {
      if (!('id' in event)) continue
      expect(step(situation, { ...event, id: 6 }, AT)).toEqual({ state: situation, effects: [] })
    }
  }
})

/** The situation with what the case needs to be so, and the case's event. */
function meeting(situation: State, name: Case): { readonly state: State; readonly event: Event } {
  const found: { readonly event: Event; readonly given?: Partial<State['world']> } = CASES[name]
  if (found.given === undefined) return { state: situation, event: found.event }
  return { state: { ...situation, world: { ...situation.world, ...found.given } }, event: found.event }
}
