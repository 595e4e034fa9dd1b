import { z } from 'zod'
import { Actor } from '../../ids.ts'
import { Count } from '../../quantities.ts'

/** A place in the chain of events: the number of an event, and its SHA-256 in lower-case hexadecimal. */
export const ChainHead = z.object({
  eventNo: Count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits in lower case'),
})
export type ChainHead = z.infer<typeof ChainHead>

/**
 * Viewer to guard: read every event and check that they are what was written. `expectHead` is the head of an earlier
 * audit, kept somewhere else: whoever can rewrite all of a database can rewrite its head too, but not that.
 */
export const AuditRequest = z.object({ expectHead: ChainHead.optional() })
export type AuditRequest = z.infer<typeof AuditRequest>

/**
 * One place where the events are not what was written. `accepted` says who opened the ledger in spite of it and why; null
 * when nobody did.
 */
export const ChainBreak = z.object({
  kind: z.enum(['missing', 'changed', 'unlinked', 'head-differs', 'after-head', 'unexpected-head']),
  eventNo: Count,
  message: z.string().max(1000),
  accepted: z.object({ by: Actor, because: z.string().max(500) }).nullable(),
})
export type ChainBreak = z.infer<typeof ChainBreak>

/** Guard to viewer. `isIntact`: no break, but for accepted ones. `breaks` lists the first 100 of `breakCount`. */
export const Audit = z.object({
  isIntact: z.boolean(),
  eventCount: Count,
  /** Events before these were removed by a prune, which is itself an event. */
  prunedEventCount: Count,
  head: ChainHead,
  /** Whether `expectHead` is part of the chain; `pruned` when it lies before what is kept; null when it was not given. */
  expectedHead: z.enum(['same', 'different', 'pruned']).nullable(),
  breakCount: Count,
  breaks: z.array(ChainBreak).max(100),
})
export type Audit = z.infer<typeof Audit>
