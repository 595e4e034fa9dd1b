import { egressFetch, type Guard } from '@tidegate/guard'
import { Hono } from 'hono'
import { loginOf, type MailService, mailEvents } from '../support/mail-events.ts'

/** A Hono app behind the egress, as a Fetch handler for `serve` of `@hono/node-server`, or for whatever else speaks Fetch. */
export function honoHost(guard: Pick<Guard, 'egress'>, mail: MailService) {
  const app = new Hono()
  app.get('/events', (c) => {
    const { accountId } = loginOf(c.req.header('authorization'))
    return c.json(mail.eventsAfter(accountId, c.req.query('after') ?? ''))
  })
  app.get('/health', (c) => c.text('fine'))

  return egressFetch(
    guard.egress(mailEvents),
    {
      read(request, url) {
        if (url.pathname !== '/events') return null
        return { client: loginOf(request.headers.get('authorization')), cursor: url.searchParams.get('after') }
      },
      withCursor(url, cursor) {
        url.searchParams.set('after', cursor)
        return url
      },
    },
    app.fetch,
  )
}
