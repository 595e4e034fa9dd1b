/**
 * Max-min fairness: nobody gets more than it wants while somebody else gets less than it wants and less than that. What
 * all wants together leave over is divided evenly, so that whoever wants more next need not wait for it.
 *
 * @param divisible what there is to divide, in units per second; nothing when negative
 * @param want what the asking node wants
 * @param otherWants what each of the others wants
 * @returns whole units per second for the asking node; with everybody's together never above `divisible`
 */
export function fairShare(divisible: number, want: number, otherWants: readonly number[]): number {
  const wants = [want, ...otherWants].map((each) => Math.max(0, each))
  const level = waterLevel(divisible, wants)
  const taken = wants.reduce((sum, each) => sum + Math.min(each, level), 0)
  const evenly = Math.max(0, divisible - taken) / wants.length
  return Math.floor(Math.min(Math.max(0, want), level) + evenly)
}

/** How high each may be filled. With the wants in rising order, the best of what is left over for each and those above it. */
function waterLevel(divisible: number, wants: readonly number[]): number {
  let left = Math.max(0, divisible)
  let level = 0
  const rising = [...wants].sort((low, high) => low - high)
  rising.forEach((want, at) => {
    level = Math.max(level, left / (rising.length - at))
    left = Math.max(0, left - want)
  })
  return level
}
