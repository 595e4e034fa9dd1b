import { CHAIN_START, type StoredEvent } from '../core/event-chain.ts'

export function aStoredEvent(overrides: Partial<StoredEvent> = {}): StoredEvent {
  return {
    eventNo: 1,
    revision: 1,
    atMs: 1_690_285_210_000,
    actor: 'ada',
    kind: 'signal-revoked',
    causeId: 'labels-2023-07',
    signalId: null,
    reason: null,
    evidenceText: '{}',
    ...overrides,
  }
}

/** Events with their texts and hashes, worked out once: TypeScript and SQL must both come to them. */
export const EVENT_VECTORS: readonly {
  readonly what: string
  readonly event: StoredEvent
  readonly previousSha256: string
  readonly text: string
  readonly eventSha256: string
}[] = [
  {
    what: 'an ordinary event at the beginning',
    event: aStoredEvent({ reason: 'a bug' }),
    previousSha256: CHAIN_START.sha256,
    text: 'tidegate-event-1,64:0000000000000000000000000000000000000000000000000000000000000000,1:1,1:1,13:1690285210000,3:ada,14:signal-revoked,14:labels-2023-07,-,5:a bug,2:{},',
    eventSha256: 'c48ce3d90d6380e6775e3df6e7fbec28741ae0378aa6fbc4b19dce33f65ad83b',
  },
  {
    what: 'an event with text beyond ASCII, and numbers that readers would spell in other ways',
    event: aStoredEvent({
      eventNo: 9_007_199_254_740_991,
      actor: 'é, 📬:',
      reason: '',
      evidenceText: '{"a": 1.0, "b":1e2}',
    }),
    previousSha256: 'f'.repeat(64),
    text: 'tidegate-event-1,64:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff,16:9007199254740991,1:1,13:1690285210000,9:é, 📬:,14:signal-revoked,14:labels-2023-07,-,0:,19:{"a": 1.0, "b":1e2},',
    eventSha256: 'a93471e009e0707ce34024187fb986b253fe2c09fe290bc130ca40796b6a6c53',
  },
]
