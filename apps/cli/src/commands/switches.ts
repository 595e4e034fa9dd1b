import { describeSwitch, SetSwitch, type SwitchAnswer } from '@tidegate/protocol'
import { InvalidArgumentError } from 'commander'
import { CliError, EXIT_CODES } from '../cli-error.ts'
import { leftText } from '../core/figures.ts'
import { issuesText } from '../core/issues-text.ts'
import { momentText } from '../core/moment-text.ts'
import { readSwitchTerms, type SwitchVerb } from '../core/switch-terms.ts'
import { modeWarning, switchesText, switchLines } from '../core/switch-text.ts'
import type { Connection } from '../edge/connect.ts'
import type { Outcome } from '../outcome.ts'

export interface SwitchFlags {
  readonly reason: string
  /** With shed: what people are told. */
  readonly text?: string
}

/** @returns the command that puts a switch of one kind in force until its end */
export function setSwitch(verb: SwitchVerb) {
  return async (connection: Connection, words: readonly string[], { reason, text }: SwitchFlags): Promise<Outcome> => {
    const setting = SetSwitch.safeParse({ ...termsOf(verb, words, text), reason })
    if (!setting.success) throw new CliError(`Cannot ${verb}: ${issuesText(setting.error)}`)
    const answer = await connection.call((guard) => guard.setSwitch.mutate(setting.data))
    const { switchNo, effect, endsInMs } = answer.switch
    return {
      exitCode: EXIT_CODES.ok,
      json: answer,
      lines: [
        `switch ${switchNo}: ${describeSwitch(effect)}`,
        `until ${momentText(answer.serverNowMs + endsInMs)} (${leftText(endsInMs)}); sooner: tidegate lift ${switchNo} --reason '…'`,
        ...modeWarning(answer.guardMode),
        ...othersText(answer),
      ],
    }
  }
}

function termsOf(verb: SwitchVerb, words: readonly string[], text: string | undefined) {
  try {
    return readSwitchTerms(verb, words, text)
  } catch (error) {
    throw error instanceof InvalidArgumentError ? new CliError(error.message) : error
  }
}

/** Ends a switch before its time. */
export async function lift(connection: Connection, switchNo: number, { reason }: SwitchFlags): Promise<Outcome> {
  const answer = await connection.call((guard) => guard.liftSwitch.mutate({ switchNo, reason }))
  return {
    exitCode: EXIT_CODES.ok,
    json: answer,
    lines: [`switch ${switchNo} has ended; it was: ${describeSwitch(answer.switch.effect)}`, ...othersText(answer)],
  }
}

/** What is in force, by whom, why and until when. */
export async function switches(connection: Connection): Promise<Outcome> {
  const { switches = [], serverNowMs, guardMode } = await connection.call((guard) => guard.status.query({}))
  return {
    exitCode: EXIT_CODES.ok,
    json: { switches, serverNowMs, guardMode },
    lines: [...switchesText(switches, serverNowMs), ...(switches.length > 0 ? modeWarning(guardMode) : [])],
  }
}

/** Of two about the same the strictest holds, so others of its kind belong to the answer. */
function othersText({ switch: changed, inForce, serverNowMs }: SwitchAnswer): string[] {
  const others = inForce.filter(
    ({ switchNo, effect }) => switchNo !== changed.switchNo && effect.kind === changed.effect.kind,
  )
  if (others.length === 0) return []
  return ['also in force, and the strictest holds:', ...switchLines(others, serverNowMs).map((line) => `  ${line}`)]
}
