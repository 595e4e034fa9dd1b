import type { GuardApi } from '@tidegate/protocol'
import type { Caller } from '../caller.ts'
import type { LedgerFigures } from '../core/ledger.ts'
import type { LedgerOperation } from './ledger-through.ts'
import type { LoopName } from './loop.ts'
import type { NodeFigures } from './node-figures.ts'

/** Something that a node does, that takes time and may fail. Nothing of it names an account or a client. */
export type Step =
  | { readonly kind: 'call'; readonly call: keyof GuardApi; readonly caller: Caller['kind'] | 'nobody' }
  | { readonly kind: 'ledger'; readonly operation: LedgerOperation; readonly entryCount: number | null }
  | { readonly kind: 'loop'; readonly loop: LoopName }

/** What a node can say of itself when somebody asks. */
export interface FigureSource {
  /** Counted as it went along: from memory, without waiting. */
  node(): NodeFigures
  /** Read from the ledger now; null when it does not answer within two seconds. */
  ledger(): Promise<LedgerFigures | null>
}

/**
 * The port of metrics and traces; `openTelemetry()` of `@tidegate/guard/opentelemetry` is one. It must neither throw nor
 * change what work gives. State tags and what is in force never pass here: they are counted, and asked for as figures.
 */
export interface GuardTelemetry {
  /** Does the work, in a span of its own where there are spans, and takes its time. */
  during<Result>(step: Step, work: () => Promise<Result>): Promise<Result>
  /** A node is there to be asked. @returns ends that */
  observe(source: FigureSource): () => void
}

export const NO_TELEMETRY: GuardTelemetry = {
  during: (_, work) => work(),
  observe: () => () => undefined,
}
