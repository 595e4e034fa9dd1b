import { expect, test } from 'vitest'
import { Audience, admitsClient } from './audience.ts'
import { ClientIdentity } from './client-identity.ts'

const bridge35 = ClientIdentity.parse({ clientId: 'c', clientClass: 'bridge', appVersion: '3.5' })

test.each([
  ['no filters', {}, true],
  ['its class', { clientClasses: ['web', 'bridge'] }, true],
  ['other classes', { clientClasses: ['web', 'mobile'] }, false],
  ['versions from its own on', { appVersions: { atLeast: '3.5.0' } }, true],
  ['versions below its own', { appVersions: { below: '3.5' } }, false],
  ['a range around it', { appVersions: { atLeast: '3.4.9', below: '3.10' } }, true],
  ['newer versions', { appVersions: { atLeast: '3.5.0.1' } }, false],
  ['its class, but newer versions', { clientClasses: ['bridge'], appVersions: { atLeast: '4' } }, false],
])('an audience with %s lets a bridge 3.5 in or not: %o', (_, filters, isAdmitted) => {
  const audience = Audience.parse({ accounts: { kind: 'everyone' }, ...filters })
  expect(admitsClient(audience, bridge35)).toBe(isAdmitted)
})
