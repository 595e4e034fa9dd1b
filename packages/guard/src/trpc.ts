export {
  createGuardRouter,
  type GuardContext,
  type GuardRouter,
  withTidegateErrors,
} from '@tidegate/protocol/router'
export { type AdmitOptions, admit } from './edge/admit/admit.ts'
export { type EgressProcedureOptions, egressProcedure } from './edge/egress/egress-procedure.ts'
export { guardContext, type Identify } from './edge/http/guard-context.ts'
export { GUARD_HTTP_DEFAULTS, type GuardHttpOptions, guardHttpHandler } from './edge/http/guard-http-handler.ts'
export { assertTidegateErrors } from './edge/http/tidegate-errors.ts'
export { type MeteredOptions, metered } from './edge/meter/metered.ts'
