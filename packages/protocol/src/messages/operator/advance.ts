import { z } from 'zod'
import { Sentence } from '../../quantities.ts'
import { Target } from './target.ts'

/** Operator to guard: a paused release goes on with its next stage, whatever its gate could not say. */
export const Advance = z.object({ target: Target, reason: Sentence })
export type Advance = z.infer<typeof Advance>
