import type { ResourceId } from '@tidegate/protocol'
import type { CapacityAnswer, CapacityAsk, ResourceAsk, ResourceGrant } from './capacity-exchange.ts'
import { fairShare } from './fair-share.ts'
import { elapsedMs, type Moment } from './moment.ts'
import { SHARE_STATES, type ShareEvent, type ShareKind } from './share-states.ts'
import { SAFE_TERM_MS, SHARE_TERM_MS, usableMs } from './share-terms.ts'

/** A resource and what of it a node is due. */
export interface SharedResource {
  readonly resourceId: ResourceId
  /** What all nodes together may admit, in cost units per second: a whole number. */
  readonly capacityUnits: number
  /** This node's safe share: what it may admit while the store is gone. */
  readonly safeUnits: number
}

/** Which node it is, for good. */
export interface ShareNode {
  /** Drawn anew by each process. */
  readonly holder: string
  /** 1 to `slotCount`. */
  readonly slot: number
  readonly slotCount: number
  readonly resources: readonly SharedResource[]
}

/** What a node would have of a resource, and what it could use. */
interface Want extends SharedResource {
  readonly demandUnits: number
  readonly wantUnits: number
}

/** What the last answer gave. Lease and safe share both count from when it was asked for. */
interface Held {
  readonly epoch: string
  readonly askNo: number
  readonly askedAt: Moment
  readonly grants: ReadonlyMap<ResourceId, ResourceGrant>
  /** The node has what is fair and enough, as far as it can see, and the store does not think that it holds more. */
  readonly isSettled: boolean
}

export interface ShareState {
  readonly kind: ShareKind
  /** When and why it became this. */
  readonly since: Moment
  readonly because: ShareReason
  readonly askNo: number
  /** The last ask, while its answer may still come. */
  readonly asked: { readonly ask: CapacityAsk; readonly at: Moment } | null
  readonly held: Held | null
  /** Asks that came to nothing since the last that did. */
  readonly failedAskCount: number
}

export type ShareReason = ShareEvent | 'taken' | 'past-unknown' | 'not-asked'

/** How long a lease, and a safe share, is used: see `usableMs`. */
export const LEASE_USABLE_MS = usableMs(SHARE_TERM_MS)
export const SAFE_USABLE_MS = usableMs(SAFE_TERM_MS)

/** A node that has not asked yet. */
export function newShareState(now: Moment): ShareState {
  return { kind: 'no-slot', since: now, because: 'not-asked', askNo: 0, asked: null, held: null, failedAskCount: 0 }
}

/**
 * What the node may admit of a resource now, in units per second: known at the first decision after any pause, because it
 * is worked out from when the node asked and no timer has to fire first.
 */
export function unitsAt({ held }: ShareState, resourceId: ResourceId, now: Moment): number {
  const granted = held?.grants.get(resourceId)
  if (!held || !granted) return 0
  const ageMs = elapsedMs(held.askedAt, now)
  if (ageMs < LEASE_USABLE_MS) return granted.units
  return ageMs < SAFE_USABLE_MS ? granted.safeUnits : 0
}

/** Notes what has run out by now. */
export function settle(state: ShareState, now: Moment): ShareState {
  if (!state.held) return state
  const ageMs = elapsedMs(state.held.askedAt, now)
  if (ageMs >= SAFE_USABLE_MS) return { ...moved(state, 'safe-ended', 'safe-ended', now), held: null }
  if (ageMs < LEASE_USABLE_MS || state.kind === 'store-lost') return state
  return {
    ...moved(state, 'lease-ended', 'lease-ended', now),
    held: { ...state.held, grants: safeOnly(state.held.grants) },
  }
}

/**
 * What to say to the store now. Whatever was asked before is forgotten: its answer, should it come, is no answer any more,
 * which is why the store may count on what this ask says.
 *
 * @param demandOf what the node could use of a resource, in units per second, however much there is
 */
export function beginAsk(
  before: ShareState,
  node: ShareNode,
  demandOf: (resourceId: ResourceId) => number,
  now: Moment,
): { readonly state: ShareState; readonly ask: CapacityAsk } {
  const settled = settle(before, now)
  const wants = node.resources.map((resource) => wantOf(resource, node, settled.held, demandOf(resource.resourceId)))
  // What it does not want it gives up before it asks, so that another may have it at once.
  const held = settled.held && { ...settled.held, grants: withoutUnwanted(settled.held.grants, wants) }
  const state = { ...settled, held }
  const askNo = state.askNo + 1
  const ask: CapacityAsk = {
    holder: node.holder,
    slot: node.slot,
    slotCount: node.slotCount,
    askNo,
    known: held && { epoch: held.epoch, heardAskNo: held.askNo },
    isLeaving: state.kind === 'left',
    resources: wants.map((want) => ({
      ...want,
      heldUnits: unitsAt(state, want.resourceId, now),
      heldSafeUnits: held?.grants.get(want.resourceId)?.safeUnits ?? 0,
    })),
  }
  return { state: { ...state, askNo, asked: { ask, at: now } }, ask }
}

/** Takes an answer in. One to anything but the last ask changes nothing. */
export function hear(before: ShareState, askNo: number, answer: CapacityAnswer, now: Moment): ShareState {
  const { asked } = before
  if (asked?.ask.askNo !== askNo || before.kind === 'left') return before
  const state = { ...settle(before, now), asked: null }
  switch (answer.kind) {
    case 'granted': {
      // The store took the node's word for what it held. Had it run out meanwhile, somebody else might hold it by now.
      if (asked.ask.known !== null && state.held === null) return failed(state)
      const grants = new Map(answer.resources.map((each) => [each.resourceId, each]))
      const revives = answer.isLearning && !isLeaseInForce(state, now)
      const held = {
        epoch: answer.epoch,
        askNo,
        askedAt: asked.at,
        grants: revives ? safeOnly(grants) : grants,
        isSettled:
          !answer.isLearning && asked.ask.resources.every((each) => isSettled(each, grants.get(each.resourceId))),
      }
      const event = answer.isLearning ? 'granted-learning' : 'granted'
      return settle({ ...moved(state, event, event, now), held, failedAskCount: 0 }, now)
    }
    case 'taken':
    case 'past-unknown':
      return { ...moved(state, 'refused', answer.kind, now), held: null, failedAskCount: 0 }
    default:
      return failed(state)
  }
}

/** The last ask came to nothing so far. Its answer may still come, and counts. */
export function failed(state: ShareState): ShareState {
  return { ...state, failedAskCount: state.failedAskCount + 1 }
}

/** Admits nothing from here on; the next ask gives the slot back. */
export function leave(state: ShareState, now: Moment): ShareState {
  return { ...moved(state, 'left', 'left', now), asked: null, held: null }
}

function moved(state: ShareState, event: ShareEvent, because: ShareReason, now: Moment): ShareState {
  const kind = SHARE_STATES[state.kind][event]
  return kind === state.kind && because === state.because ? state : { ...state, kind, because, since: now }
}

function isLeaseInForce({ held }: ShareState, now: Moment): boolean {
  return held !== null && elapsedMs(held.askedAt, now) < LEASE_USABLE_MS
}

function safeOnly(grants: ReadonlyMap<ResourceId, ResourceGrant>): ReadonlyMap<ResourceId, ResourceGrant> {
  return new Map([...grants].map(([id, each]) => [id, { ...each, units: each.safeUnits }]))
}

function wantOf(resource: SharedResource, node: ShareNode, held: Held | null, demand: number): Want {
  const { resourceId, capacityUnits } = resource
  const demandUnits = Math.ceil(Math.min(Math.max(0, demand), capacityUnits))
  const granted = held?.grants.get(resourceId)
  const wantUnits = granted ? fairUnits(granted, resource, demandUnits) : Math.floor(capacityUnits / node.slotCount)
  return { ...resource, demandUnits, wantUnits }
}

function withoutUnwanted(grants: Held['grants'], wants: readonly Want[]): Held['grants'] {
  const wantUnits = new Map(wants.map((want) => [want.resourceId, want.wantUnits]))
  return new Map(
    [...grants].map(([id, each]) => {
      const units = Math.max(each.safeUnits, Math.min(each.units, wantUnits.get(id) ?? 0))
      return [id, { ...each, units }]
    }),
  )
}

function isSettled(ask: ResourceAsk, granted: ResourceGrant | undefined): boolean {
  if (!granted) return false
  const isFair = granted.units === fairUnits(granted, ask, ask.demandUnits)
  return isFair && granted.units >= Math.max(ask.demandUnits, ask.heldUnits)
}

function fairUnits(granted: ResourceGrant, { safeUnits }: { safeUnits: number }, demandUnits: number): number {
  const { divisibleUnits, otherDemandsUnits } = granted
  return safeUnits + fairShare(divisibleUnits, demandUnits - safeUnits, otherDemandsUnits)
}
