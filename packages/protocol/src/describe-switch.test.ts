import { expect, test } from 'vitest'
import { describeSwitch } from './describe-switch.ts'
import { SwitchEffect } from './messages/operator/switches.ts'

test.each([
  [
    { kind: 'throttle', clientClass: 'bridge', toRatio: 0.1 },
    'resyncs of class bridge draw at most 10 % of each resource together',
  ],
  [
    { kind: 'throttle', clientClass: 'bridge', resourceId: 'shard-3', toRatio: 0 },
    'resyncs of class bridge draw nothing from shard-3',
  ],
  [{ kind: 'throttle', resourceId: 'shard-3', toRatio: 0.125 }, 'all resyncs draw at most 12.5 % of shard-3 together'],
  [
    { kind: 'pause', causeId: 'labels-2023-07' },
    'labels-2023-07 is paused: nobody begins, whoever is under way stops at the next page',
  ],
  [{ kind: 'shed', service: 'mail', text: 'Back at noon.' }, 'mail is off: “Back at noon.”'],
  [{ kind: 'ramp', resourceId: 'shard-3' }, 'shard-3 is opened step by step'],
])('a switch says what it does: %j', (effect, sentence) => {
  expect(describeSwitch(SwitchEffect.parse(effect))).toBe(sentence)
})
