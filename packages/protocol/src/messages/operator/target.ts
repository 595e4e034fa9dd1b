import { z } from 'zod'
import { CauseId, SignalId } from '../../ids.ts'

/** Which signals a decision is about: all of a cause, or one. */
export const Target = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cause'), causeId: CauseId }),
  z.object({ kind: z.literal('signal'), signalId: SignalId }),
])
export type Target = z.infer<typeof Target>
