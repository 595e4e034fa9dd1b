import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { Guard } from '@tidegate/guard'
import { expect, test } from 'vitest'
import { expressHost } from './hosts/express-host.ts'
import { fastifyHost } from './hosts/fastify-host.ts'
import { honoHost } from './hosts/hono-host.ts'
import { trpcHost } from './hosts/trpc-host.ts'
import { GuardedHouse } from './support/guarded-house.ts'
import { type MailPage, MailService } from './support/mail-events.ts'

const CAUSE = 'labels-2023-07'

/** A host that is listening, and how its old client asks. */
interface Host extends AsyncDisposable {
  poll(cursor: string): Promise<MailPage>
  health(): Promise<string>
}

type Start = (guard: Guard, mail: MailService) => Promise<Host>

const HOSTS: Readonly<Record<string, Start>> = {
  'Express, as Node middleware': async (guard, mail) => restHost(createServer(expressHost(guard, mail))),
  'Fastify, as Node middleware': async (guard, mail) => {
    const app = fastifyHost(guard, mail)
    await app.ready()
    return restHost(app.server)
  },
  'Hono, as a Fetch handler': async (guard, mail) =>
    restHost(serve({ fetch: honoHost(guard, mail), port: 0, hostname: '127.0.0.1' }) as Server), // no HTTP/2 was asked for
  'tRPC, as a middleware': async (guard, mail) => {
    const host = await listening(trpcHost(guard, mail))
    const query = async (path: string, input?: object) => {
      const url = new URL(`${host.url}/${path}`)
      if (input) url.searchParams.set('input', JSON.stringify(input))
      const { result } = await fetched(url)
      return result.data
    }
    return { ...host, poll: (after) => query('events', { after }), health: () => query('health') }
  },
}

test.each(Object.entries(HOSTS))(
  'J11: %s: a reset waits for approval, comes with its page, and comes once',
  async (_, start) => {
    await using house = await GuardedHouse.open()
    await house.register(CAUSE)
    const mail = new MailService()
    await using host = await start(house.guard(), mail)
    mail.add('ann', { subject: 'hello' })
    expect(await host.poll('event-0')).toEqual({ events: [{ at: 1, subject: 'hello' }], next: 'event-1' })

    mail.add('ann', { refresh: true })
    mail.add('ann', { subject: 'lunch?' })
    expect(await host.poll('event-1')).toEqual({ events: [{ at: 3, subject: 'lunch?' }], next: 'event-3' })
    expect(await house.proposed(CAUSE)).toMatchObject({ signalCount: 1, accountCount: 1 })

    await house.approve(CAUSE, 0)
    const lost = await host.poll('event-3')
    const reset = await host.poll('event-3')
    expect([lost, reset].map(({ events }) => events)).toEqual([[{ at: 0, refresh: true }], [{ at: 0, refresh: true }]])
    mail.add('ann', { subject: 'again' })
    const after = await host.poll(reset.next)
    expect(after.events).toEqual([{ at: 4, subject: 'again' }])
    expect((await host.poll(after.next)).events).toEqual([])
    expect(await host.health()).toBe('fine')
  },
)

test.each(Object.entries(HOSTS))(
  '%s: without its ledger a page ends before the flag, and mail passes',
  async (_, start) => {
    await using house = await GuardedHouse.open()
    const mail = new MailService()
    await using host = await start(house.guard(), mail)
    mail.add('ann', { subject: 'hello' })
    mail.add('ann', { refresh: true })
    mail.add('ann', { subject: 'lunch?' })
    house.isDatabaseDown = true
    await house.clock.advance(10_000)
    expect(await host.poll('event-0')).toEqual({ events: [{ at: 1, subject: 'hello' }], next: 'event-1' })
    expect(await host.poll('event-1')).toEqual({ events: [], next: 'event-1' })
    house.isDatabaseDown = false
    await house.refresh()
    expect(await host.poll('event-1')).toEqual({ events: [{ at: 3, subject: 'lunch?' }], next: 'event-3' })
  },
)

async function restHost(server: Server): Promise<Host> {
  const host = await listening(server)
  return {
    ...host,
    poll: (cursor) => fetched(new URL(`${host.url}/events?after=${encodeURIComponent(cursor)}`)),
    health: async () => (await fetch(`${host.url}/health`)).text(),
  }
}

async function listening(server: Server): Promise<AsyncDisposable & { readonly url: string }> {
  if (!server.listening) await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

async function fetched(url: URL) {
  const response = await fetch(url, { headers: { authorization: 'Bearer ann phone' } })
  expect(response.status).toBe(200)
  return response.json()
}
