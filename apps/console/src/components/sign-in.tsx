import { type FormEvent, useState } from 'react'
import { Button } from 'react-aria-components/Button'

interface SignInProps {
  /** Why the last token did not do; null at first. */
  readonly problem: string | null
  readonly onToken: (token: string) => void
}

/** Asks for the operator token that the server printed when it started. */
export function SignIn({ problem, onToken }: SignInProps) {
  const [token, setToken] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (token.trim() !== '') onToken(token.trim())
  }
  return (
    <main className="sign-in">
      <form className="card" onSubmit={submit}>
        <h1>Tidegate console</h1>
        <label className="field">
          <span>Operator token</span>
          <input
            data-testid="operator-token"
            type="password"
            autoComplete="off"
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        </label>
        <p className="quiet">The server prints it when it starts. It is kept for this tab only.</p>
        {problem && (
          <p className="problem" role="alert">
            {problem}.
          </p>
        )}
        <Button type="submit" className="button button-primary" data-testid="sign-in">
          Open the console
        </Button>
      </form>
    </main>
  )
}
