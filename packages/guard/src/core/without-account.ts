/**
 * A thrown value as it may stand in a log: the account that it happened to is written as `alias`, in its message, its stack
 * and its causes. An id is replaced where it stands as a word of its own.
 */
export function withoutAccount(thrown: unknown, accountId: string, alias: string): unknown {
  const literal = accountId.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  const word = new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'gu')
  return rewritten(thrown, (text) => text.replace(word, () => alias))
}

function rewritten(thrown: unknown, rewrite: (text: string) => string): unknown {
  if (!(thrown instanceof Error)) return rewrite(String(thrown))
  const copy = new Error(
    rewrite(thrown.message),
    thrown.cause === undefined ? {} : { cause: rewritten(thrown.cause, rewrite) },
  )
  copy.name = thrown.name
  copy.stack = rewrite(thrown.stack ?? '')
  return copy
}
