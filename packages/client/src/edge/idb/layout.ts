import type { DBSchema, IDBPDatabase } from 'idb'

/**
 * What lies where on disk. One line per change; {@link upgradeLayout} takes any older one to this.
 *
 * - 1: first.
 */
export const LAYOUT_VERSION = 1

/**
 * Values are `unknown` on purpose: what comes from disk was written by another run of the app, and is parsed (see
 * `records.ts`) before it is believed. Heads lie apart from payloads, so that comparing a collection of heavy items
 * reads none of them.
 */
export interface Layout extends DBSchema {
  /** Head with its collection. The index gives them by (ordinal, id). */
  heads: { key: [collection: string, id: string]; value: unknown; indexes: { byOrdinal: [string, number] } }
  /** Any JSON value, `null` included. */
  payloads: { key: [collection: string, id: string]; value: unknown }
  /** Digest of a bucket; an empty bucket has no record. */
  digests: { key: [collection: string, bucket: number]; value: unknown }
  states: { key: string; value: unknown }
  pending: { key: string; value: unknown }
  resync: { key: 'attempt' | 'completed' | 'setAside' | 'unsent' | 'keyBook'; value: unknown }
}

/** Runs inside the upgrade's own transaction: all of it happens, or the old layout stays. */
export function upgradeLayout(database: IDBPDatabase<Layout>, oldVersion: number): void {
  if (oldVersion < 1) {
    const heads = database.createObjectStore('heads', { keyPath: ['collection', 'id'] })
    heads.createIndex('byOrdinal', ['collection', 'ordinal'])
    for (const name of ['payloads', 'digests', 'states', 'pending', 'resync'] as const) database.createObjectStore(name)
  }
}
