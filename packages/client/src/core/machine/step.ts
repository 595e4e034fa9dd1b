import type { At, Event } from './event.ts'
import type { Transition } from './go-on.ts'
import { stepOutside } from './outside.ts'
import { stepResult } from './results.ts'
import { awaitedIds, type State } from './state.ts'

/**
 * The client's whole behaviour: what a state does about an event, as the next state and effects that are data. Pure:
 * time and chance come with `at`, ids are counted in the state. When nothing happened the same state object comes back.
 */
export function step(state: State, event: Event, at: At): Transition {
  if (!('id' in event)) return stepOutside(state, event, at)
  if (!awaitedIds(state).includes(event.id)) return { state, effects: [] }
  return stepResult(state, event, at)
}
