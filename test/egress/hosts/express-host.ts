import { egressMiddleware, type Guard } from '@tidegate/guard'
import express from 'express'
import { loginOf, type MailService, mailEvents } from '../support/mail-events.ts'

/** An Express app whose event route is behind the egress. */
export function expressHost(guard: Pick<Guard, 'egress'>, mail: MailService) {
  const app = express()

  app.use(
    egressMiddleware(guard.egress(mailEvents), {
      read(request, url) {
        if (url.pathname !== '/events') return null
        return { client: loginOf(request.headers.authorization), cursor: url.searchParams.get('after') }
      },
      withCursor(url, cursor) {
        url.searchParams.set('after', cursor)
        return url
      },
    }),
  )

  app.get('/events', (request, response) => {
    const { accountId } = loginOf(request.headers.authorization)
    response.json(mail.eventsAfter(accountId, String(request.query.after)))
  })
  app.get('/health', (_, response) => void response.send('fine'))
  return app
}
