import { z } from 'zod'
import { Sentence } from '../../quantities.ts'
import { Target } from './target.ts'

/** Operator to guard: from now on nobody begins, and whoever is under way stops at its next page. */
export const Revoke = z.object({ target: Target, reason: Sentence })
export type Revoke = z.infer<typeof Revoke>
