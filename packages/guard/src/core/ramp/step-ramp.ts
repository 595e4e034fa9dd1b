import { slowestMs } from '../adaptive/judge-window.ts'
import type { ObservationWindow } from '../adaptive/observation-window.ts'
import { percentText } from '../figures.ts'
import { judgeRamp, RAMP_GROWTH, type RampFinding } from './judge-ramp.ts'
import type { RampOptions } from './ramp-options.ts'
import type { RampState, RunningRamp, SettledRamp } from './ramp-state.ts'

/** What an operator says: with a name and a reason, both not empty. */
interface Said {
  readonly by: string
  readonly reason: string
}

export type RampEvent =
  /** Lets a little in and goes on from there, whatever was before. `endsAtMs`: when it grows no more, after now. */
  | ({ readonly kind: 'start'; readonly endsAtMs: number } & Said)
  /** More time, or less, for one that runs. */
  | ({ readonly kind: 'extend'; readonly endsAtMs: number } & Said)
  | ({ readonly kind: 'close' } & Said)
  | ({ readonly kind: 'open' } & Said)
  /** A process went on with a state that another one kept. */
  | { readonly kind: 'resume' }
  /**
   * What was observed. Its times are on the same clock as `nowMs`, and its `usedRatio` is of what the ramp alone would let
   * in: where something else is what limits, the ramp's factor was not tried.
   */
  | { readonly kind: 'window'; readonly window: ObservationWindow }

type Told = Exclude<RampEvent, { readonly kind: 'window' }>
type Judged = { [Kind in RampFinding['kind']]: { readonly kind: Kind } & Omit<Judgement, 'kind'> }[RampFinding['kind']]
type Judgement = RampFinding & { readonly window: ObservationWindow }
type Happening = Told | Judged

export interface RampContext {
  readonly nowMs: number
  readonly options: RampOptions
}

type Step<State, Kind> = (
  state: State,
  happening: Extract<Happening, { readonly kind: Kind }>,
  context: RampContext,
) => RampState
type Row<State> = { readonly [Kind in Happening['kind']]: Step<State, Kind> }

const HALVED = 0.5
/** A step that comes this close to the last trouble is a try. */
const NEAR_TROUBLE = 0.9
/** Healthy windows before such a try: 5, and twice as many each time it failed there, up to 80. */
const FIRST_PATIENCE = 5
const LONGEST_PATIENCE = 80

const stays = <State extends RampState>(state: State): RampState => state
const frozen = (state: RunningRamp, { because }: Pick<Judgement, 'because'>): RunningRamp => ({
  ...state,
  healthyCount: 0,
  because: `Stays at ${percentText(state.factor)}: ${because}`,
})

const SETTLED: Row<SettledRamp> = {
  start: (_state, said, context) => started(said, context),
  extend: stays,
  close: (state, said, context) => (state.kind === 'closed' ? state : settled('closed', said, context)),
  open: (state, said, context) => (state.kind === 'open' ? state : settled('open', said, context)),
  resume: stays,
  healthy: stays,
  amber: stays,
  red: stays,
  inconclusive: stays,
}

const RUNNING: Row<RunningRamp> = {
  start: (_state, said, context) => started(said, context),
  extend: (state, said) => ({ ...state, endsAtMs: said.endsAtMs, because: saidText('It has another end', said) }),
  close: (_state, said, context) => settled('closed', said, context),
  open: (_state, said, context) => settled('open', said, context),
  resume: (state, _event, { nowMs }) => ({
    ...state,
    changedAtMs: nowMs,
    isGrown: false,
    healthyCount: 0,
    because: `Goes on at ${percentText(state.factor)}, where the process before it stood.`,
  }),
  healthy: grown,
  amber: frozen,
  red: halved,
  inconclusive: frozen,
}

/** What happens in each state, without a gap. */
const TABLE = { closed: SETTLED, open: SETTLED, probe: RUNNING, ramp: RUNNING } satisfies Record<
  RampState['kind'],
  Row<SettledRamp> | Row<RunningRamp>
>

/**
 * One event later. Nothing happened: the same object. What came of a window has its `because`, also where it changes nothing.
 *
 * @throws RangeError for an end that is not after now, or a name or reason that is empty
 */
export function stepRamp(state: RampState, event: RampEvent, context: RampContext): RampState {
  if ('by' in event) checkSaid(event, context)
  if (event.kind !== 'window') return happened(state, event, context)
  if (!('factor' in state)) return state
  const { window } = event
  // A clock that stepped back would have it wait for its own past, and be deaf to trouble until then.
  const isAhead = state.changedAtMs > context.nowMs + context.options.staleAfterMs
  const now = isAhead ? { ...state, changedAtMs: context.nowMs } : state
  return happened(now, { ...judgeRamp(window, now, context), window }, context)
}

function happened(state: RampState, happening: Told | Judgement, context: RampContext): RampState {
  // The row is that of the state's kind and the step that of the happening's: a pairing that types cannot follow.
  const row = TABLE[state.kind] as unknown as Record<string, Step<RampState, unknown> | undefined>
  return row[happening.kind]?.(state, happening as never, context) ?? state
}

function started({ by, reason, endsAtMs }: Extract<RampEvent, { kind: 'start' }>, context: RampContext): RunningRamp {
  const { nowMs, options } = context
  return {
    kind: 'probe',
    because: `${by} started it at ${percentText(options.probeFactor)}: ${reason}`,
    changedAtMs: nowMs,
    factor: options.probeFactor,
    isGrown: false,
    healthyCount: 0,
    trouble: null,
    startedBy: by,
    reason,
    startedAtMs: nowMs,
    endsAtMs,
  }
}

function settled(kind: SettledRamp['kind'], said: Said, { nowMs }: RampContext): SettledRamp {
  return { kind, because: saidText(kind === 'open' ? 'Opened' : 'Closed', said), changedAtMs: nowMs }
}

function grown(state: RunningRamp, { because, window }: Omit<Judgement, 'kind'>, context: RampContext): RampState {
  const { options, nowMs } = context
  const stay = (why: string, healthyCount = state.healthyCount + 1): RunningRamp => ({
    ...state,
    healthyCount,
    because: `Stays at ${percentText(state.factor)}: ${why}`,
  })
  if (nowMs >= state.endsAtMs) return stay('its end has passed, and an operator has to give it more time.')
  const healthyCount = state.healthyCount + 1
  const most = state.kind === 'probe' && state.factor < options.probeFactor ? options.probeFactor : 1
  const next = Math.min(most, state.factor * RAMP_GROWTH)
  const required = requiredCount(state, next, options)
  if (healthyCount < required) return stay(`${healthyCount} of ${required} healthy windows. ${because}`)
  if (state.kind === 'ramp' && state.factor === 1) {
    return { kind: 'open', because: `Everything is let in and it does well. ${because}`, changedAtMs: window.endedAtMs }
  }
  return {
    ...state,
    kind: next > options.probeFactor ? 'ramp' : 'probe',
    factor: next,
    isGrown: true,
    healthyCount: 0,
    changedAtMs: window.endedAtMs,
    // In good health where it failed once: that is over.
    trouble: state.trouble !== null && state.factor >= state.trouble.factor ? null : state.trouble,
    because: `${percentText(state.factor)} → ${percentText(next)}: ${because}`,
  }
}

/** Out of the probe and into open it takes several; near the last trouble more, and more each time. */
function requiredCount(state: RunningRamp, next: number, options: RampOptions): number {
  const { trouble } = state
  const isGate = state.factor === 1 || (state.factor <= options.probeFactor && next > options.probeFactor)
  const usual = isGate ? options.healthyWindowCount : 1
  const isTry = trouble !== null && state.factor < trouble.factor && next >= trouble.factor * NEAR_TROUBLE
  if (!isTry) return usual
  return Math.max(usual, Math.min(LONGEST_PATIENCE, FIRST_PATIENCE * 2 ** (trouble.count - 1)))
}

function halved(
  state: RunningRamp,
  { because, window }: Omit<Judgement, 'kind'>,
  { options }: RampContext,
): RunningRamp {
  const factor = Math.max(options.leastFactor, state.factor * HALVED)
  if (factor === state.factor) {
    return { ...state, healthyCount: 0, because: `Stays at ${percentText(factor)}, the least: ${because}` }
  }
  const { trouble } = state
  const isSame = trouble !== null && state.factor >= trouble.factor * NEAR_TROUBLE
  return {
    ...state,
    kind: factor > options.probeFactor ? 'ramp' : 'probe',
    factor,
    isGrown: false,
    healthyCount: 0,
    // What was let in before is slow for as long as it takes.
    changedAtMs: window.endedAtMs + Math.min(slowestMs(window, options), options.staleAfterMs),
    trouble: { factor: state.factor, count: isSame ? trouble.count + 1 : 1 },
    because: `${percentText(state.factor)} → ${percentText(factor)}: ${because}`,
  }
}

function saidText(what: string, { by, reason }: Said): string {
  return `${what} by ${by}: ${reason}`
}

function checkSaid(event: Extract<RampEvent, Said>, { nowMs }: RampContext): void {
  const refuse = (what: string): never => {
    throw new RangeError(`Cannot ${event.kind} a ramp: ${what}`)
  }
  if (event.by === '') refuse('it takes the name of whoever says so, got none')
  if (event.reason === '') refuse('it takes a reason, got none')
  if ('endsAtMs' in event && !(event.endsAtMs > nowMs && Number.isFinite(event.endsAtMs))) {
    refuse(`its end must be after now ${nowMs}, got ${event.endsAtMs}`)
  }
}
