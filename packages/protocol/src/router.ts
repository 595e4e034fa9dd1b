export { withTidegateErrors } from './router/errors.ts'
export { createGuardRouter, type GuardContext, type GuardRouter } from './router/guard-router.ts'
