import { z } from 'zod'
import { Actor, CauseId } from '../ids.ts'
import { Bytes, Count, EpochMs, Sentence } from '../quantities.ts'
import { Manifest } from './manifest.ts'

export const CauseKind = z.enum(['migration', 'build', 'operator', 'client-release', 'first-load'])
export type CauseKind = z.infer<typeof CauseKind>

/**
 * When a cause means to emit: from `fromMs` up to, and without, `untilMs`, milliseconds since 1970. What is proposed
 * before or after is held (TG016).
 */
export const EmitWindow = z
  .object({ fromMs: EpochMs, untilMs: EpochMs })
  .refine((window) => window.fromMs < window.untilMs, 'fromMs must be below untilMs')
export type EmitWindow = z.infer<typeof EmitWindow>

/**
 * Who emits signals: a migration, a service's build, an operator, a client release, or first loads. Registered before
 * use by its author; a cause nobody registered has no credit, so all it proposes is held.
 */
export const Cause = z.object({
  causeId: CauseId,
  kind: CauseKind,
  title: Sentence.max(120),
  owner: Actor,
  manifest: Manifest.optional(),
  /** Absent: it may emit at any time. Of the cause and not of its manifest, which holds no time. */
  window: EmitWindow.optional(),
})
export type Cause = z.infer<typeof Cause>

/**
 * What may be in force without approval: distinct accounts, and predicted bytes per resource. Fixed when the cause is first seen.
 */
export const Credit = z.object({ accountCount: Count, bytesPerResource: Bytes })
export type Credit = z.infer<typeof Credit>
