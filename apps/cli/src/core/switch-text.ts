import { describeSwitch, type GuardMode, type Switch } from '@tidegate/protocol'
import { type Cell, columns } from './columns.ts'
import { leftText } from './figures.ts'
import { momentText } from './moment-text.ts'

/** Which of the switches work while the guard does not enforce. */
const IN_MODE = {
  observe: 'only shed has an effect',
  off: 'no switch has an effect',
} as const satisfies Record<Exclude<GuardMode, 'enforce'>, string>

/** One line per switch, and under it who set it and why. */
export function switchLines(switches: readonly Switch[], nowMs: number): string[] {
  return switches.flatMap((each) => [
    ...columns([[String(each.switchNo), describeSwitch(each.effect)] satisfies Cell[]]),
    `${' '.repeat(String(each.switchNo).length)}  until ${momentText(nowMs + each.endsInMs)} (${leftText(each.endsInMs)}), ${each.by}: “${each.reason}”`,
  ])
}

/** All that are in force, and how to end one. */
export function switchesText(switches: readonly Switch[], nowMs: number): string[] {
  if (switches.length === 0) return ['no switch is in force']
  return [...switchLines(switches, nowMs), '', "to end one before its time: tidegate lift NUMBER --reason '…'"]
}

/** A sentence about a guard in which switches do less than they say; none when it enforces. */
export function modeWarning(guardMode: GuardMode): string[] {
  return guardMode === 'enforce' ? [] : [`the guard is in ${guardMode}: ${IN_MODE[guardMode]}`]
}
