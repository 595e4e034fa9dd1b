import { Denied, isServed, PROTOCOL_FLOOR, PROTOCOL_VERSION } from '@tidegate/protocol'
import { z } from 'zod'

/**
 * What came in, as its schema reads it. The version is looked at first, because another version may have another shape.
 *
 * @throws Denied `protocol-too-old`, `protocol-too-new`, or `invalid` with the fields at fault
 */
export function parsed<Message>(schema: z.ZodType<Message>, input: unknown): Message {
  assertServed(input)
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const message = `Cannot read the request: ${z.prettifyError(result.error)}`
  throw new Denied({ kind: 'invalid', message }, { cause: result.error })
}

function assertServed(input: unknown): void {
  if (typeof input !== 'object' || input === null || !('protocol' in input)) return
  const { protocol } = input
  if (typeof protocol !== 'number' || !Number.isInteger(protocol) || isServed(protocol)) return
  throw new Denied(
    protocol < PROTOCOL_FLOOR
      ? { kind: 'protocol-too-old', floor: PROTOCOL_FLOOR }
      : { kind: 'protocol-too-new', newest: PROTOCOL_VERSION },
  )
}
