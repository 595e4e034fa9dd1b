/** @returns 16 random bytes as 22 characters of base64url; also where `crypto.randomUUID` is missing, as in insecure contexts */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
