import type { AudienceAccount } from './canaries.ts'

/** What a verdict knows of an audience: figures, and the few accounts it may choose from. Never the whole list. */
export interface AudienceFigures {
  /** The audience as far as it is known: the named accounts, or those of the registry that the predicate lets in. */
  readonly accountCount: number
  /** Those that could be canaries at all: not reset too recently, nor in force under another unapproved signal. */
  readonly restedAccountCount: number
  /** In the order of their ids; only resources on which there are accounts. */
  readonly byResource: readonly ResourceFigures[]
  /** All accounts that can become canaries under the credits of the facts, however a rule limits them further. */
  readonly candidates: readonly AudienceAccount[]
}

/** What a resync of the accounts on one resource would draw. */
export interface ResourceFigures {
  readonly resourceId: string
  readonly accountCount: number
  readonly predictedBytes: number
  /** Of rested accounts alone: what a credit has to cover. */
  readonly restedPredictedBytes: number
}
