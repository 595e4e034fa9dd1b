const STORAGE_KEY = 'tidegate.operator-token'

/** Kept for this tab only, so that closing it ends the operator's session here. */
export function readOperatorToken(): string | null {
  return sessionStorage.getItem(STORAGE_KEY)
}

export function keepOperatorToken(token: string): void {
  sessionStorage.setItem(STORAGE_KEY, token)
}

export function forgetOperatorToken(): void {
  sessionStorage.removeItem(STORAGE_KEY)
}
