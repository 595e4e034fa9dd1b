import type { ClientMode, CollectionName, Denial, LeaseGrant, Signal } from '@tidegate/protocol'
import type { CompletedSignal, ResyncAttempt, SetAsideSignal } from '../../cache.ts'
import type { ConsentChoice } from '../consent.ts'

/** When an event is taken in, and a number for whatever needs spreading: the machine has no clock and no dice. */
export interface At {
  /** On the client's monotonic clock. */
  readonly nowMs: number
  /** In [0, 1). */
  readonly chance: number
}

/** What a valid answer said, and until when it may be acted on. Whether it is valid was settled by `openAnswer`. */
export interface Confirmation {
  readonly signals: readonly Signal[]
  readonly clientMode: ClientMode
  readonly stateTag: string | null
  /** When the question was sent plus the answer's validity, on the client's monotonic clock (C2). */
  readonly untilMs: number
  /** There may be more in force than was told: asked about once this is done. */
  readonly isCut: boolean
}

/** What happens around the machine. */
export type OutsideEvent =
  | { readonly kind: 'tagSeen'; readonly tag: string | null }
  /** Somebody says that there may be news. Nobody has to be believed: it makes the client ask, once. */
  | { readonly kind: 'hinted' }
  | { readonly kind: 'online' }
  | { readonly kind: 'offline' }
  /** This tab is the one that works (C9). `attempt` is what an earlier life left unfinished, paused if it was. */
  | { readonly kind: 'lockGained'; readonly attempt: ResyncAttempt | null; readonly isPaused?: boolean }
  | { readonly kind: 'lockLost' }
  | { readonly kind: 'pauseAsked' }
  | { readonly kind: 'resumeAsked' }
  | { readonly kind: 'cancelAsked' }
  | { readonly kind: 'reconsiderAsked' }
  | {
      readonly kind: 'firstLoadAsked'
      readonly collections: readonly CollectionName[]
      readonly attempt: ResyncAttempt | null
    }
  /** Another tab has brought a first load to its end, whichever that was. */
  | { readonly kind: 'firstLoadEnded'; readonly collections: readonly CollectionName[] }
  | { readonly kind: 'modeSet'; readonly mode: ClientMode }

/** What became of an effect. `id` is the effect's; a result that the state no longer waits for is nothing. */
export type ResultEvent = { readonly id: number } & (
  | { readonly kind: 'woke' }
  | {
      readonly kind: 'answered'
      readonly confirmation: Confirmation
      readonly completed: readonly CompletedSignal[]
      readonly setAside: readonly SetAsideSignal[]
      readonly attempt: ResyncAttempt | null
    }
  /** No valid answer, whatever the reason (C6). */
  | { readonly kind: 'unanswered'; readonly retryAfterMs: number | null }
  /** A step of work is done and there is more: what it drew from the server and what is now durable. */
  | {
      readonly kind: 'stepped'
      readonly startedAtMs: number
      readonly drawnBytes: number
      readonly appliedItemCount: number
      readonly appliedBytes: number
      /** What was drawn is in memory only: the next step writes it down and draws nothing. */
      readonly holdsPage?: boolean
      readonly refetchedFrom?: Readonly<Record<string, number>>
    }
  /** Equal digests in every collection of the job, at `asOf` (C8). */
  | {
      readonly kind: 'matched'
      readonly asOf: Readonly<Record<string, number>>
      /** Collections of the job that the source no longer knows; none without it. */
      readonly notServed?: readonly string[]
    }
  | { readonly kind: 'differed' }
  /** The difference was found; this is what it takes. */
  | {
      readonly kind: 'planned'
      readonly itemCount: number
      readonly bytes: number
      /** The first of them, at most 20. */
      readonly ids: readonly string[]
    }
  /** Everything planned is durable. */
  | { readonly kind: 'drained' }
  /** `isPersons` where somebody was asked; what a budget covers is worked out again by the next life. */
  | { readonly kind: 'consented'; readonly choice: ConsentChoice; readonly isPersons: boolean }
  | { readonly kind: 'leased'; readonly grant: LeaseGrant; readonly requestedAtMs: number }
  | { readonly kind: 'denied'; readonly denial: Denial }
  /** `isTransient`: the network or a server that is down. Otherwise it would fail again the same way. */
  | { readonly kind: 'failed'; readonly isTransient: boolean; readonly message: string }
  /** Whatever was under way has come to rest. */
  | { readonly kind: 'halted' }
)

export type Event = OutsideEvent | ResultEvent
