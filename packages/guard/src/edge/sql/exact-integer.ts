/** Type id of `bigint` and of `bigint[]` in every PostgreSQL (pg_type.dat). */
export const INT8_OID = 20
export const INT8_ARRAY_OID = 1016

/**
 * @param text a `bigint` as PostgreSQL writes it
 * @throws RangeError beyond ±(2^53 - 1), because a rounded number is a wrong number
 */
export function exactInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`Cannot read bigint ${text}: it is beyond 2^53 - 1`)
  return value
}
