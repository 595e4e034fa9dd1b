import type { Clock, CollectionSource } from '@tidegate/protocol'
import type { Ledger } from '../core/ledger.ts'
import type { LogIds } from '../core/logged-error.ts'
import type { Resources } from '../resources.ts'
import type { GuardAdaptiveOptions } from './adaptive-options.ts'
import type { DivisionOptions } from './division-options.ts'
import type { FleetOptions } from './fleet-options.ts'
import type { GuardLog } from './guard-log.ts'
import type { StorageProbe } from './read-storage.ts'
import type { GuardSettings } from './settings.ts'
import type { GuardTelemetry } from './telemetry.ts'

export interface GuardOptions extends DivisionOptions {
  /** Opened and closed by the host. */
  readonly ledger: Ledger
  readonly source: CollectionSource
  readonly resources: Resources
  readonly settings?: Partial<GuardSettings>
  /**
   * The service that the guard's own calls are part of, a lower-case word such as `mail`: they are refused while operators
   * have taken it off. Default: none, so that nobody takes them off.
   */
  readonly service?: string
  /**
   * How a resource is doing, for gates with `maxLatencyMs` or `maxErrorRatio`. Asked when such a gate is judged; given up
   * after 5 s. Default: nobody knows, so those gates pause their release.
   */
  readonly storageHealth?: StorageProbe
  /** Nodes that share the resources. Default: this node has them to itself. Resyncs begin once it was given a part, after `start`. */
  readonly fleet?: FleetOptions
  /** What the host app promises of its storage; less is let through while `guard.meter` sees that it does not hold. Default: always all that is declared. */
  readonly adaptive?: GuardAdaptiveOptions
  /** Default: one line per entry on standard error, as JSON, or readable where that is a terminal. */
  readonly log?: GuardLog
  /**
   * `clear` lets ids of accounts, and messages of errors, which may quote anything, into the log. Default `hidden`: an
   * account stands there under an alias, and of an error its class, code and place.
   */
  readonly logIds?: LogIds
  /** Metrics and traces: `openTelemetry()` of `@tidegate/guard/opentelemetry`, one for each guard. Default: none. */
  readonly telemetry?: GuardTelemetry
  /** Monotonic. Default: the process's. */
  readonly clock?: Clock
  /** Milliseconds since 1970, as the ledger's records count. Default: the ledger's own clock, which is one for all nodes. */
  readonly wallNowMs?: () => number
  /** Names of leases: unguessable, since knowing one is part of the right to draw. Default: random UUIDs. */
  readonly newId?: () => string
}
