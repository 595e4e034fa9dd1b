import { Denied } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'

test('when the login becomes another account’s under an open app, the cache keeps its items and takes none of the other’s (C1)', async () => {
  const device = new PretendDevice()
  const first = await device.loaded(50)
  await first.stop()
  const { api } = device.server
  const asked: unknown[] = []
  // What a guard does whose host identifies the request as Ben's.
  const ofBen = async (request: { readonly accountId?: string | undefined }): Promise<never> => {
    asked.push(request.accountId)
    throw new Denied(
      request.accountId === 'ben' ? { kind: 'invalid', message: 'never asked' } : { kind: 'wrong-account' },
    )
  }
  const tidegate = device.open({
    api: { ...api, changesSince: ofBen, list: ofBen, digests: ofBen, fetch: ofBen, requestLease: ofBen },
  })
  await expect(tidegate.sync()).rejects.toMatchObject({ denial: { kind: 'wrong-account' } })
  expect(asked).toEqual(['anna'])
  expect(await device.cache.list('messages')).toHaveLength(50)
})
