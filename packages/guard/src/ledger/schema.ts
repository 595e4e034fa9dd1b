import { FIRST } from './schema/01-first.ts'
import { VERDICT_INDEXES } from './schema/02-verdict-indexes.ts'
import { EVENT_CHAIN } from './schema/03-event-chain.ts'
import { EGRESS } from './schema/04-egress.ts'
import { EMITTED } from './schema/05-emitted.ts'
import { AUDIENCE_PAGES } from './schema/06-audience-pages.ts'
import { EPOCH } from './schema/07-epoch.ts'
import { STAGE_PLACES } from './schema/08-stage-places.ts'
import { GATE_SENTENCES } from './schema/09-gate-sentences.ts'
import { TOKENS } from './schema/10-tokens.ts'
import { REGISTERED_BY } from './schema/11-registered-by.ts'
import { SIGNING_KEYS } from './schema/12-signing-keys.ts'
import { SUPERSEDED } from './schema/13-superseded.ts'
import { REVOKED_CAUSES } from './schema/14-revoked-causes.ts'
import { OBSERVED } from './schema/15-observed.ts'
import { SWITCHES } from './schema/16-switches.ts'
import { FLAGS_PASSED } from './schema/17-flags-passed.ts'

/**
 * The ledger's tables, as steps that are applied once each and never edited: what has shipped is history. Times are the
 * guard's clock in milliseconds. `waiting` is a signal that was proposed and not judged; only the verdict gives it
 * another state, so nothing without a verdict can be in force (G1).
 */
export const SCHEMA_STEPS: readonly string[] = [
  FIRST,
  VERDICT_INDEXES,
  EVENT_CHAIN,
  EGRESS,
  EMITTED,
  AUDIENCE_PAGES,
  EPOCH,
  STAGE_PLACES,
  GATE_SENTENCES,
  TOKENS,
  REGISTERED_BY,
  SIGNING_KEYS,
  SUPERSEDED,
  REVOKED_CAUSES,
  OBSERVED,
  SWITCHES,
  FLAGS_PASSED,
]
