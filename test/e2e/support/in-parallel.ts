/** Requests under way at a time: enough to keep one server process busy, few enough for its sockets. */
const AT_A_TIME = 16

/** Does `work` for every item, a few at a time. @returns the results in the items' order */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const queue = items.entries()
  const worker = async () => {
    for (const [at, item] of queue) results[at] = await work(item)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
  return results
}
