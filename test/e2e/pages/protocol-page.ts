import {
  cohort,
  digestOf,
  type Fingerprinted,
  itemFingerprint,
  murmur3,
  position,
  type RangeDigest,
} from '@tidegate/protocol'

// What the test calls in the page: everything that a browser and a server must work out alike.

type Digested = Fingerprinted & { readonly payloadBytes: number }
type Scheme = Parameters<typeof digestOf>[0]

interface ProtocolPage {
  murmur3(text: string, seed: number): number
  places(signalId: string, id: string): { readonly position: number; readonly cohort: number }
  fingerprints(scheme: Scheme, collection: string, items: readonly Digested[]): readonly string[]
  digest(scheme: Scheme, collection: string, items: readonly Digested[]): RangeDigest
}

declare global {
  var protocolPage: ProtocolPage
}

globalThis.protocolPage = {
  murmur3,
  places: (signalId, id) => ({ position: position(signalId, id), cohort: cohort(signalId, id) }),
  fingerprints: (scheme, collection, items) => items.map((item) => itemFingerprint(scheme, collection, item)),
  digest: digestOf,
}
