const STORAGE_KEY = 'tidegate.operator-token'

/**
 * Kept for this tab only, so that closing it ends the operator's session here. The address that the server prints
 * carries the token behind `#`, which browsers send to nobody; it is taken out of the address and its history at once.
 */
export function readOperatorToken(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get('token')
  if (given !== null) {
    history.replaceState(null, '', location.pathname + location.search)
    keepOperatorToken(given)
  }
  return sessionStorage.getItem(STORAGE_KEY)
}

export function keepOperatorToken(token: string): void {
  sessionStorage.setItem(STORAGE_KEY, token)
}

export function forgetOperatorToken(): void {
  sessionStorage.removeItem(STORAGE_KEY)
}
