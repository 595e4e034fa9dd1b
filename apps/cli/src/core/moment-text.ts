/** A moment to the minute, in UTC, as people and the flags of this command spell it. */
export function momentText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16)}Z`
}
