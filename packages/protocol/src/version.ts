import { z } from 'zod'

/**
 * The wire's version. One line per change:
 *
 * - 1: first.
 */
export const PROTOCOL_VERSION = 1

/** The oldest version a guard still serves; anything below is denied with `protocol-too-old`. Raised when a version's last clients are gone. */
export const PROTOCOL_FLOOR = 1

/** Any whole number up to 65,535 is read, so that a version that is too old or too new gets a typed denial instead of a parse error. */
export const ProtocolVersion = z.int().min(0).max(65_535)

/** @returns whether a guard of this release understands a peer that speaks `version` */
export function isServed(version: number): boolean {
  return version >= PROTOCOL_FLOOR && version <= PROTOCOL_VERSION
}
