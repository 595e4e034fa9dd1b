/**
 * A mail's HTML as a document for an iframe with an empty `sandbox`: no script runs there, whatever the mail holds. The
 * policy comes on top and lets nothing be fetched, so that reading a mail tells nobody that it was read.
 */
export function mailDocument(html: string): string {
  return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="referrer" content="no-referrer"><base target="_blank"><style>${STYLE}</style></head><body>${withoutOwnPolicy(html)}</body></html>`
}

const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; form-action 'none'"

// Mails are written for white paper; a picture that may not be fetched leaves no broken frame.
const STYLE =
  'html{background:#fff;color:#1b262e;color-scheme:light}body{margin:8px 24px 24px;font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}img:not([src^="data:"]){display:none}img{max-width:100%;height:auto}pre{white-space:pre-wrap}table{max-width:100%}'

/** A refresh in the mail would navigate the frame; policies only ever add up, so a mail's own one may stay. */
function withoutOwnPolicy(html: string): string {
  return html.replace(/<meta\b[^>]*http-equiv\s*=\s*["']?refresh[^>]*>/gi, '').replace(/<base\b[^>]*>/gi, '')
}

/** @returns whether the mail would fetch something from elsewhere if it were let: pictures, fonts, styles */
export function hasRemoteContent(html: string): boolean {
  return (
    /<(img|video|audio|source|iframe|embed|input|link|table|td|body)\b[^>]*\b(src|srcset|background|href|poster)\s*=\s*["']?\s*(https?:)?\/\//i.test(
      html,
    ) || /url\(\s*["']?\s*(https?:)?\/\//i.test(html)
  )
}
