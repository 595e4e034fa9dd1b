/**
 * What to decide about before a signal that exceeds what all causes together may have out.
 *
 * @param spent accounts, or predicted bytes on one resource: by all unapproved causes, and by this one's earlier signals
 * @returns a sentence, or null when nothing is out but this signal itself
 */
export function decideFirst(causeId: string, spent: { readonly all: number; readonly own: number }): string | null {
  if (spent.all > spent.own) {
    return `Several causes are out at once: approve or revoke those that wait before ${causeId}, and ask whether they belong to one change.`
  }
  if (spent.own > 0)
    return `Decide about the earlier signals of ${causeId} first: approving or revoking them gives back what they took.`
  return null
}
