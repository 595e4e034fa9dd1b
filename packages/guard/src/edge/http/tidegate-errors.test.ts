import { initTRPC } from '@trpc/server'
import { expect, test } from 'vitest'
import { assertTidegateErrors, createGuardRouter, type GuardContext, withTidegateErrors } from '../../trpc.ts'

test('the guard’s own router tells clients their delay', () => {
  expect(() => assertTidegateErrors(createGuardRouter())).not.toThrow()
})

test('a host’s root router that wraps its formatter is fine, whatever the formatter adds', () => {
  const t = initTRPC.context<GuardContext>().create({
    errorFormatter: withTidegateErrors(({ shape }) => ({ ...shape, data: { ...shape.data, build: '42' } })),
  })
  expect(() => assertTidegateErrors(t.router({ tidegate: createGuardRouter() }))).not.toThrow()
})

test('a host’s root router that forgot it is refused with what to do', () => {
  const t = initTRPC.context<GuardContext>().create()
  expect(() => assertTidegateErrors(t.router({ tidegate: createGuardRouter() }))).toThrow('withTidegateErrors')
})
