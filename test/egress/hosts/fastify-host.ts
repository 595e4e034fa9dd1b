import { createServer } from 'node:http'
import { egressMiddleware, type Guard } from '@tidegate/guard'
import Fastify, { type FastifyInstance } from 'fastify'
import { loginOf, type MailService, mailEvents } from '../support/mail-events.ts'

/** A Fastify app behind the egress: its routes read the URL before any hook, so the egress stands before the app. */
export function fastifyHost(guard: Pick<Guard, 'egress'>, mail: MailService): FastifyInstance {
  const middleware = egressMiddleware(guard.egress(mailEvents), {
    read(request, url) {
      if (url.pathname !== '/events') return null
      return { client: loginOf(request.headers.authorization), cursor: url.searchParams.get('after') }
    },
    withCursor(url, cursor) {
      url.searchParams.set('after', cursor)
      return url
    },
  })
  const app = Fastify({
    serverFactory: (handler) =>
      createServer((request, response) =>
        middleware(request, response, (error) => (error ? response.destroy() : handler(request, response))),
      ),
  })

  app.get<{ Querystring: { after: string } }>('/events', async ({ headers, query }) => {
    const { accountId } = loginOf(headers.authorization)
    return mail.eventsAfter(accountId, query.after)
  })
  app.get('/health', async () => 'fine')
  return app
}
