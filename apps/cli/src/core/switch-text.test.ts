import { Switch } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { modeWarning, switchesText } from './switch-text.ts'

test('switches are told with what they do, until when, by whom and why', () => {
  const bridge = Switch.parse({
    switchNo: 7,
    effect: { kind: 'throttle', clientClass: 'bridge', toRatio: 0.1 },
    reason: 'shard 3 is full',
    by: 'olga',
    setAtMs: 1_690_285_200_000,
    endsInMs: 7_139_500,
  })
  expect(switchesText([bridge], 1_690_285_260_500)).toEqual([
    '7  resyncs of class bridge draw at most 10 % of each resource together',
    '   until 2023-07-25T13:40Z (119 min), olga: “shard 3 is full”',
    '',
    "to end one before its time: tidegate lift NUMBER --reason '…'",
  ])
  expect(switchesText([], 0)).toEqual(['no switch is in force'])
})

test('nobody takes a switch for one that works while the guard does nothing', () => {
  expect(modeWarning('enforce')).toEqual([])
  expect(modeWarning('observe')).toEqual(['the guard is in observe: only shed has an effect'])
  expect(modeWarning('off')).toEqual(['the guard is in off: no switch has an effect'])
})
