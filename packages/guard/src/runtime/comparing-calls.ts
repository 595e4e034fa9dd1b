import type {
  AccountId,
  ChangesSinceAnswer,
  ChangesSinceRequest,
  DigestsAnswer,
  DigestsRequest,
  ListAnswer,
  ListRequest,
} from '@tidegate/protocol'
import { chargedRead } from './charged-read.ts'
import type { GuardNode } from './guard-node.ts'

/** What a head or a deletion is on the wire, and in the index it is read from, about. */
const HEAD_BYTES = 200

// What clients ask to find out what they lack, with a lease or without: each is one read, and as large as what it tells of.

export function readChangesSince(
  node: GuardNode,
  accountId: AccountId,
  request: ChangesSinceRequest,
): Promise<ChangesSinceAnswer> {
  return chargedRead(node, accountId, {
    expectedBytes: 0,
    read: () => node.source.changesSince(accountId, request),
    bytesOf: (answer) => (answer.kind === 'changes' ? answer.upserts.length + answer.deletes.length : 0) * HEAD_BYTES,
  })
}

export function readDigests(node: GuardNode, accountId: AccountId, request: DigestsRequest): Promise<DigestsAnswer> {
  return chargedRead(node, accountId, {
    expectedBytes: 0,
    read: () => node.source.digests(accountId, request),
    bytesOf: () => 0,
  })
}

export function readList(node: GuardNode, accountId: AccountId, request: ListRequest): Promise<ListAnswer> {
  return chargedRead(node, accountId, {
    expectedBytes: request.limit * HEAD_BYTES,
    read: () => node.source.list(accountId, request),
    bytesOf: ({ heads }) => heads.length * HEAD_BYTES,
  })
}
