/**
 * Text that PostgreSQL can hold: without U+0000, which `text` and `jsonb` refuse, and with lone surrogates replaced by
 * U+FFFD, because they have no UTF-8 form. Broken mail contains both.
 */
export function storableText(text: string): string {
  return (hasNul(text) ? text.replaceAll('\0', '') : text).toWellFormed()
}

/** @returns whether {@link storableText} has to leave something out */
export function hasNul(text: string): boolean {
  return text.includes('\0')
}
