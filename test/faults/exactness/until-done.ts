import { setTimeout as sleep } from 'node:timers/promises'
import { Denied } from '@tidegate/protocol'

const RETRY_MS = 100

/** Does it again until it is acknowledged, as a caller must whose database comes and goes; what is denied stays denied. */
export async function untilDone<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (error instanceof Denied) throw error
      await sleep(RETRY_MS)
    }
  }
}
