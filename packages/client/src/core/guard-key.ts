import * as ed25519 from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'

// Synchronous SHA-512 in JavaScript: WebCrypto is missing in insecure contexts and in React Native.
ed25519.hashes.sha512 = sha512

/** A key that the guard signs its answers with. */
export interface GuardKey {
  readonly keyId: string
  /** Ed25519 public key: 32 bytes as base64url. */
  readonly publicKey: string
}

/** @throws TypeError when a key is not 32 bytes of base64url */
export function checkGuardKeys(guardKeys: readonly GuardKey[]): void {
  for (const { keyId, publicKey } of guardKeys) {
    if (bytesOf(publicKey)?.length !== 32)
      throw new TypeError(`Cannot use guard key ${keyId}: publicKey must be 32 bytes of base64url, got "${publicKey}"`)
  }
}

/** Whether the key signed these very bytes; `signature` is base64url, and false when it is none. */
export function isSigned({ publicKey }: GuardKey, bytes: Uint8Array<ArrayBuffer>, signature: string): boolean {
  const [keyBytes, signatureBytes] = [bytesOf(publicKey), bytesOf(signature)]
  if (keyBytes === null || signatureBytes === null) return false
  try {
    return ed25519.verify(signatureBytes, bytes, keyBytes)
  } catch {
    return false
  }
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9_-]*$/.test(base64url)) return null
  try {
    return Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (each) => each.charCodeAt(0))
  } catch {
    return null
  }
}
