import type { z } from 'zod'

/** What a schema did not accept, in one line: `title: Too small: …; owner: …`. At most three, the rest counted. */
export function issuesText(error: { readonly issues: readonly Pick<z.core.$ZodIssue, 'path' | 'message'>[] }): string {
  const told = error.issues
    .slice(0, 3)
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ` : '') + message)
  const moreCount = error.issues.length - told.length
  return told.join('; ') + (moreCount > 0 ? ` (and ${moreCount} more)` : '')
}
