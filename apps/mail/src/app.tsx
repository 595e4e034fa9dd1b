import { useEffect, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { MailApp } from './components/mail-app.tsx'
import type { MailSession } from './edge/open-mail-session.ts'
import { SignedOut } from './edge/page-session.ts'

type Opening =
  | { readonly kind: 'opening' }
  | { readonly kind: 'open'; readonly session: MailSession }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'failed'; readonly message: string }

/** @param props.opening begun once, before the first render: a mailbox is opened once per page, not once per render */
export function App({ opening }: { readonly opening: Promise<MailSession> }) {
  const [state, setState] = useState<Opening>({ kind: 'opening' })
  useEffect(() => {
    opening.then(
      (session) => setState({ kind: 'open', session }),
      (error: unknown) => {
        if (error instanceof SignedOut) setState({ kind: 'signed-out' })
        else setState({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
      },
    )
  }, [opening])

  switch (state.kind) {
    case 'open':
      return <MailApp session={state.session} />
    case 'opening':
      return <main className="gate quiet">Opening the mailbox…</main>
    case 'signed-out':
      return (
        <Gate title="Nobody is logged in">
          <p>Open the mail address that the server printed when it started: it carries the login.</p>
        </Gate>
      )
    case 'failed':
      return (
        <Gate title="The mailbox cannot be opened">
          <p>{state.message}.</p>
          <p className="quiet">What this device holds stays as it is.</p>
          <Button className="button button-primary" onPress={() => location.reload()}>
            Try again
          </Button>
        </Gate>
      )
  }
}

function Gate({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <main className="gate">
      <div role="alert" data-testid="gate">
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  )
}
