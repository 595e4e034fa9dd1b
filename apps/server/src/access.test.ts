import { openPglite } from '@tidegate/guard/pglite'
import { AccountId } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { createAccess, readSecret } from './access.ts'

const access = createAccess(new Uint8Array(32).fill(1), null)
const accountId = AccountId.parse('you.and.me@example.test')
const dayMs = 86_400_000

test('a session opens its own account until it is over', () => {
  const session = access.openSession(accountId, 0)
  expect(access.accountOf(session, 29 * dayMs)).toBe(accountId)
  expect(access.accountOf(session, 31 * dayMs)).toBeNull()
})

test('a session of another server, or one that was changed, opens nothing', () => {
  const session = access.openSession(accountId, 0)
  const other = createAccess(new Uint8Array(32).fill(2), null)
  expect(other.accountOf(session, 0)).toBeNull()
  const [, endsAtMs, signature] = session.split('.')
  for (const forged of [
    '',
    'x',
    `${Buffer.from('boss').toString('base64url')}.${endsAtMs}.${signature}`,
    session.replace('.', '.9'),
    `${session}.x`,
  ]) {
    expect(access.accountOf(forged, 0)).toBeNull()
  }
})

test('the login token does not make an operator, nor the other way round', () => {
  expect(access.isOperator(access.operatorToken)).toBe(true)
  expect(access.isLogin(access.loginToken)).toBe(true)
  expect(access.isOperator(access.loginToken)).toBe(false)
  expect(access.isLogin(access.operatorToken)).toBe(false)
  expect(access.isOperator('')).toBe(false)
})

test('the secret is made once, whoever else makes one', async () => {
  const database = await openPglite('memory://')
  try {
    const both = await Promise.all([readSecret(database), readSecret(database)])
    const [{ secret }] = both
    expect(secret).toHaveLength(32)
    expect(both.map((each) => each.secret)).toEqual([secret, secret])
    expect(both.filter(({ isNew }) => isNew)).toHaveLength(1)
    expect(await readSecret(database)).toEqual({ secret, isNew: false })
  } finally {
    await database.close()
  }
})
