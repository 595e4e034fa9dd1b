import { ChainHead } from '@tidegate/protocol'
import { InvalidArgumentError } from 'commander'

/** Reads a head as `tidegate audit verify` prints it: `17:` and 64 hexadecimal digits. */
export function parseHead(text: string): ChainHead {
  const [, eventNo, sha256] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text.trim()) ?? []
  const head = ChainHead.safeParse({ eventNo: Number(eventNo), sha256 })
  if (!head.success) {
    throw new InvalidArgumentError(
      `The head that an audit printed is required, a number and 64 hexadecimal digits as 17:3f…, got ${JSON.stringify(text)}.`,
    )
  }
  return head.data
}
