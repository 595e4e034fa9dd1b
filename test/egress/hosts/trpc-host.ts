import type { Guard } from '@tidegate/guard'
import { egressProcedure } from '@tidegate/guard/trpc'
import { initTRPC } from '@trpc/server'
import { createHTTPServer } from '@trpc/server/adapters/standalone'
import { z } from 'zod'
import { loginOf, type MailService, mailEvents } from '../support/mail-events.ts'

interface Context {
  readonly login: { readonly accountId: string; readonly sessionId: string }
}

const EventsInput = z.object({ after: z.string() })

/** A tRPC router whose event procedure is behind the egress, on tRPC's own HTTP server. */
export function trpcHost(guard: Pick<Guard, 'egress'>, mail: MailService) {
  const t = initTRPC.context<Context>().create()

  const guarded = t.procedure.use(
    egressProcedure(guard.egress(mailEvents), {
      clientOf: ({ ctx }: { ctx: Context }) => ctx.login,
      cursorOf: (rawInput) => EventsInput.parse(rawInput).after,
      withCursor: (_, after) => ({ after }),
    }),
  )

  const router = t.router({
    events: guarded.input(EventsInput).query(({ ctx, input }) => mail.eventsAfter(ctx.login.accountId, input.after)),
    health: t.procedure.query(() => 'fine'),
  })
  return createHTTPServer({ router, createContext: ({ req }) => ({ login: loginOf(req.headers.authorization) }) })
}
