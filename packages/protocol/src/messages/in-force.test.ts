import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { AnswerAddress, InForceAnswer, InForceRequest, SignedInForceAnswer, signedBytes } from './in-force.ts'

const Entry = z.object({ what: z.string(), address: AnswerAddress, value: SignedInForceAnswer })
const Vectors = z.object({
  prefix: z.string(),
  privateKey: z.string(),
  publicKey: z.string(),
  valid: z.array(Entry),
  invalid: z.array(Entry),
})
const vectors = Vectors.parse(
  JSON.parse(readFileSync(new URL('../../vectors/signed-answers.json', import.meta.url), 'utf8')),
)

// What DER puts before a raw Ed25519 key (RFC 8410).
const privateKey = createPrivateKey({
  key: Buffer.from(`302e020100300506032b657004220420${vectors.privateKey}`, 'hex'),
  format: 'der',
  type: 'pkcs8',
})
const publicKey = createPublicKey({
  key: Buffer.from(`302a300506032b6570032100${vectors.publicKey}`, 'hex'),
  format: 'der',
  type: 'spki',
})

test.each(vectors.valid)(
  'a signature of the vectors holds, and is the one the key gives: $what',
  ({ address, value }) => {
    expect(isSigned(value, address)).toBe(true)
    expect(signed(value.payload, address).signature).toBe(value.signature)
    expect(InForceAnswer.safeParse(JSON.parse(value.payload)).success).toBe(true)
  },
)

test.each(vectors.invalid)('C6: a forged answer is no answer: $what', ({ address, value }) => {
  expect(isSigned(value, address)).toBe(false)
})

const accountId = '01890a5d-ac96-774b-bcce-b302099a8057'
const client = { clientId: 'f47ac10b-58cc-4372-a567-0e02b2c3d479', clientClass: 'desktop', appVersion: '5.0.38' }
const nonce = 'q83vEjRWeJCrze8SNFZ4kA'
const address = AnswerAddress.parse({ accountId, clientId: client.clientId, nonce })

test('the signed bytes are a prefix of their own, the address and the payload, so no other message can pass for an answer', () => {
  expect(new TextDecoder().decode(signedBytes('{}', address))).toBe(
    `${vectors.prefix}\n${accountId}\n${client.clientId}\n${nonce}\n{}`,
  )
})

test('asking what is in force costs at most 400 bytes, alone and as a batch of one', () => {
  const request = InForceRequest.parse({ protocol: 1, accountId, client, nonce, cachedBytes: 73_400_320_000 })
  const alone = requestLine(`/tidegate/inForce?input=${encodeURIComponent(JSON.stringify(request))}`)
  const batched = requestLine(`/tidegate/inForce?batch=1&input=${encodeURIComponent(JSON.stringify({ 0: request }))}`)
  expect(utf8Length(alone)).toBeLessThanOrEqual(400)
  expect(utf8Length(batched)).toBeLessThanOrEqual(400)
})

test('an answer with one signal over two collections costs at most 1,200 bytes, signature and envelope included', () => {
  const digest = (collection: string, payloadBytes: number) => ({
    collection,
    asOf: 1_081_234,
    algorithm: 'sha256-xor-128',
    saltId: 's1',
    itemCount: 48_629,
    payloadBytes,
    fingerprint: '6f1b8c0d2e3f4a5b6c7d8e9f0a1b2c3d',
  })
  const answer = InForceAnswer.parse({
    protocol: 1,
    epoch: '7244104935132459271',
    serverNowMs: 1_690_285_200_000,
    validForMs: 10_000,
    clientMode: 'enforce',
    stateTag: 'Zm9vYmFyYmF6cXV4',
    signals: [
      {
        signalId: '01890a5d-b1c2-7d3e-9f40-51627384a5b6',
        version: 1,
        action: 'verify',
        scope: { kind: 'collections', collections: [{ collection: 'messages' }, { collection: 'bodies' }] },
        cause: { causeId: 'labels-2023-07', kind: 'migration', title: 'Move labels into their own table' },
        reason: 'Labels were moved; some lists may show old ones.',
        resourceId: 'shard-3',
        notBeforeInMs: 1_234_567,
        expiresInMs: 604_800_000,
      },
    ],
    digests: [digest('messages', 73_400_320), digest('bodies', 7_340_032_000)],
  })
  const alone = JSON.stringify({ result: { data: signed(JSON.stringify(answer), address) } })
  expect(utf8Length(alone)).toBeLessThanOrEqual(1_200)
  expect(utf8Length(`[${alone}]`)).toBeLessThanOrEqual(1_200)
})

function signed(payload: string, to: AnswerAddress): SignedInForceAnswer {
  const signature = sign(null, signedBytes(payload, to), privateKey).toString('base64url')
  return SignedInForceAnswer.parse({ keyId: 'k1', payload, signature })
}

function isSigned(answer: SignedInForceAnswer, to: AnswerAddress): boolean {
  return verify(null, signedBytes(answer.payload, to), publicKey, Buffer.from(answer.signature, 'base64url'))
}

function requestLine(target: string): string {
  return `GET ${target} HTTP/1.1\r\n`
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length
}
