/** How fresh what the page shows is. */
export type Freshness =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'stale'; readonly ageMs: number }

/** Three missed answers at one question a second: one may be lost to a busy server without alarming anybody. */
export const STALE_AFTER_MS = 3000

/** @param answeredAtMs when the last answer came, on the same clock as `nowMs`; null before the first */
export function freshness(answeredAtMs: number | null, nowMs: number): Freshness {
  if (answeredAtMs === null) return { kind: 'connecting' }
  const ageMs = nowMs - answeredAtMs
  return ageMs > STALE_AFTER_MS ? { kind: 'stale', ageMs } : { kind: 'live' }
}
