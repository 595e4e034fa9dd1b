import {
  AccountId,
  CLIENT_HEADER,
  ClientIdentity,
  formatClientHeader,
  STATE_HEADER,
  StateTag,
} from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { setStateHeader, setStateHeaderOn } from './state-header.ts'

const ann = AccountId.parse('ann')
const phone = ClientIdentity.parse({ clientId: 'phone 1;é', clientClass: 'mobile', appVersion: '1.0' })
const tag = StateTag.parse('abcdefghijklmnop')
const guard = {
  stateTag: (accountId: AccountId, client: ClientIdentity) =>
    accountId === ann && client.clientId === phone.clientId ? tag : null,
}

test('a client with something in force finds the tag on an ordinary response', () => {
  expect(headersFor(ann, formatClientHeader(phone))).toEqual({ node: tag, web: tag })
})

test('another account, a request without a client and a garbled one get no tag', () => {
  expect(headersFor(AccountId.parse('ben'), formatClientHeader(phone))).toEqual({ node: null, web: null })
  expect(headersFor(ann, undefined)).toEqual({ node: null, web: null })
  expect(headersFor(ann, '%%%;;')).toEqual({ node: null, web: null })
})

function headersFor(accountId: AccountId, header: string | undefined) {
  const node = new Headers()
  const request = { headers: header === undefined ? {} : { [CLIENT_HEADER.toLowerCase()]: header } }
  const response = {
    setHeader(name: string, value: string) {
      node.set(name, value)
      return response
    },
  }
  setStateHeader(guard, accountId, request, response as unknown as Parameters<typeof setStateHeader>[3]) // only setHeader is called
  const web = new Headers()
  const init = header === undefined ? {} : { headers: { [CLIENT_HEADER]: header } }
  setStateHeaderOn(guard, accountId, new Request('http://host/', init), web)
  return { node: node.get(STATE_HEADER), web: web.get(STATE_HEADER) }
}
