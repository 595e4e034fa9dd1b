import { Actor, type GuardApi, Role } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import type { Caller } from '../caller.ts'
import { PERMISSIONS } from './permissions.ts'
import { ann, denialOf, GuardScene } from './testing/guard-scene.ts'

const calls = Object.keys(PERMISSIONS) as (keyof GuardApi)[] // the table is complete by its type

test('nobody the host app knows is denied every call', async () => {
  await using scene = await GuardScene.open()
  for (const call of calls) expect(await kindOf(scene, null, call), call).toBe('not-identified')
})

test('a client is denied every call of staff, and staff every call of a client', async () => {
  await using scene = await GuardScene.open()
  const staff: Caller = { kind: 'staff', actor: Actor.parse('olga'), roles: Role.options }
  for (const call of calls) {
    const isForClients = PERMISSIONS[call] === 'client'
    expect(await kindOf(scene, { kind: 'client', accountId: ann }, call), call).toBe(
      isForClients ? 'invalid' : 'forbidden',
    )
    expect(await kindOf(scene, staff, call), call).toBe(isForClients ? 'not-identified' : 'invalid')
  }
})

test('each role opens its own calls and no others', async () => {
  await using scene = await GuardScene.open()
  for (const role of Role.options) {
    const caller: Caller = { kind: 'staff', actor: Actor.parse('olga'), roles: [role] }
    for (const call of calls.filter((each) => PERMISSIONS[each] !== 'client')) {
      const isOpen = (PERMISSIONS[call] as readonly Role[]).includes(role) // a row that is not `client` lists roles
      expect(await kindOf(scene, caller, call), `${role} ${call}`).toBe(isOpen ? 'invalid' : 'forbidden')
    }
  }
})

/** What is said to a message that nobody could read: whoever gets as far as `invalid` was let in. */
async function kindOf(scene: GuardScene, caller: Caller | null, call: keyof GuardApi): Promise<unknown> {
  const api: Record<string, (message: unknown) => Promise<unknown>> = { ...(scene.guard.api(caller) as object) }
  const denial = await denialOf(api[call]?.(42) ?? Promise.resolve())
  return typeof denial === 'object' && denial !== null && 'kind' in denial ? denial.kind : denial
}
