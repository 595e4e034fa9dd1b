import { expectTypeOf } from 'vitest'
import type { AccountId, ClientId, CollectionName, ContentHash, ItemId, LeaseId, Nonce, SignalId } from './ids.ts'
import type { Fingerprint } from './messages/digest.ts'
import type { StateTag } from './messages/state-tag.ts'

// Read by `tsc`; nothing here runs. Each line is an id in the place of another.
expectTypeOf<ClientId>().not.toExtend<AccountId>()
expectTypeOf<AccountId>().not.toExtend<ClientId>()
expectTypeOf<SignalId>().not.toExtend<LeaseId>()
expectTypeOf<ItemId>().not.toExtend<CollectionName>()
expectTypeOf<ContentHash>().not.toExtend<Fingerprint>()
expectTypeOf<Nonce>().not.toExtend<StateTag>()
expectTypeOf<string>().not.toExtend<AccountId>()

// Any id is a text: it can be stored, hashed and printed.
expectTypeOf<AccountId>().toExtend<string>()

declare function forget(accountId: AccountId): void
declare const clientId: ClientId
// @ts-expect-error a client id handed over as an account id
forget(clientId)
// @ts-expect-error a text that nobody parsed
forget('acct-42')
