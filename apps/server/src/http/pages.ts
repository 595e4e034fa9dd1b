import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import sirv from 'sirv'

/**
 * What pages may do. Mail is hostile: its HTML is shown in a sandboxed `srcdoc` frame, which inherits this policy, so it
 * runs no script, loads no picture from elsewhere (that would tell the sender), and sends no form. Inline styles are
 * allowed, because mail has no others.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

export const SECURITY_HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const

export type PageHandler = (request: IncomingMessage, response: ServerResponse, notFound: () => void) => void

/**
 * Serves a built page under `/<name>/`.
 *
 * @param folder what Vite built; when it is not there, every request is told how to build it
 */
export function pageHandler(name: string, folder: string): PageHandler {
  if (!existsSync(join(folder, 'index.html'))) {
    return (_request, response) => {
      response.writeHead(503, { 'Content-Type': 'text/plain' }).end(`The ${name} page is not built: run pnpm build\n`)
    }
  }
  const serve = sirv(folder, {
    etag: true,
    // Vite names what it bundles by content; only index.html keeps its name.
    setHeaders: (response, path) => {
      response.setHeader(
        'Cache-Control',
        path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      )
    },
  })
  const prefix = `/${name}`
  return (request, response, notFound) => {
    request.url = (request.url ?? '/').slice(prefix.length)
    serve(request, response, notFound)
  }
}

/** The page at `/`. */
export const INDEX_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tidegate</title>
<style>
body { font: 17px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1.5rem; color: #16302f; background: #fbfaf7 }
a { display: block; margin: 1rem 0; padding: 1rem 1.25rem; border: 1px solid #d5ddd9; border-radius: 10px; background: #fff; color: inherit; text-decoration: none }
a:hover, a:focus-visible { border-color: #0b6e77 }
b { display: block; color: #0b6e77 }
</style>
</head>
<body>
<h1>Tidegate</h1>
<p>A reset is a request to verify, not an order to discard.</p>
<a href="/mail/"><b>Mail</b>A mail client whose cache survives resets. Log in with the address printed at the start.</a>
<a href="/console/"><b>Console</b>What is held, what is in force, and who fetches. Needs the operator token.</a>
</body>
</html>
`
