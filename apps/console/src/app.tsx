import { useCallback, useState } from 'react'
import { Console } from './components/console.tsx'
import { SignIn } from './components/sign-in.tsx'
import { forgetOperatorToken, keepOperatorToken, readOperatorToken } from './edge/operator-token.ts'

export function App() {
  const [token, setToken] = useState(readOperatorToken)
  const [problem, setProblem] = useState<string | null>(null)
  const signOut = useCallback((why: string | null) => {
    forgetOperatorToken()
    setToken(null)
    setProblem(why)
  }, [])

  if (token === null) {
    return (
      <SignIn
        problem={problem}
        onToken={(entered) => {
          keepOperatorToken(entered)
          setToken(entered)
        }}
      />
    )
  }
  return <Console token={token} onSignOut={signOut} />
}
