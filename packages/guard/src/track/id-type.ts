/**
 * The kinds of column that an id may have. Each says which texts can be such an id at all (anything else names no row,
 * and must not reach a cast that would fail), and how a parameter is compared so that the column's index serves.
 */
export const ID_TYPES = {
  text: { cast: 'text', isPossible: () => true },
  uuid: { cast: 'uuid', isPossible: (id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) },
  integer: { cast: 'int8', isPossible: (id) => /^(0|-?[1-9]\d{0,17})$/.test(id) },
} as const satisfies Record<string, { cast: string; isPossible: (id: string) => boolean }>

export type IdType = keyof typeof ID_TYPES

const IDS_OF: Readonly<Record<string, IdType>> = {
  text: 'text',
  varchar: 'text',
  uuid: 'uuid',
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
}

/** @param typeName as in pg_type; null when a column of that type cannot be an id */
export function idTypeOf(typeName: string): IdType | null {
  return IDS_OF[typeName] ?? null
}
