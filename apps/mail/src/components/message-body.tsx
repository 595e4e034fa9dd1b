import { useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { formatBytes } from '../core/figures.ts'
import { hasRemoteContent, mailDocument } from '../core/mail-html.ts'
import type { BodyPayload } from '../core/message.ts'
import { ClipIcon } from './icons.tsx'

/** A mail's text, or its HTML in a frame that runs nothing and fetches nothing. */
export function MessageBody({ body }: { readonly body: BodyPayload }) {
  const [wantsText, setWantsText] = useState(false)
  const html = wantsText && body.text !== null ? null : body.html
  return (
    <>
      {body.html !== null && (body.text !== null || hasRemoteContent(body.html)) && (
        <p className="body-note">
          {hasRemoteContent(body.html) && (
            <span>Pictures from elsewhere are not loaded, so nobody learns that you read this.</span>
          )}
          {body.text !== null && (
            <Button className="link" onPress={() => setWantsText(!wantsText)}>
              {wantsText ? 'Show formatted' : 'Show as plain text'}
            </Button>
          )}
        </p>
      )}
      {html === null ? (
        <pre className="body-text" data-testid="body-text">
          {body.text ?? 'This mail has no text.'}
        </pre>
      ) : (
        <iframe
          className="body-html"
          title="The mail, formatted"
          data-testid="body-html"
          // No scripts and no origin of ours; links may open a window of their own.
          sandbox="allow-popups allow-popups-to-escape-sandbox"
          srcDoc={mailDocument(html)}
        />
      )}
      {body.attachments.length > 0 && (
        <ul className="attachments" aria-label="Attachments">
          {body.attachments.map((attachment, at) => (
            <li key={`${at}-${attachment.name}`}>
              <ClipIcon /> {attachment.name || attachment.type}{' '}
              <span className="quiet">{formatBytes(attachment.sizeBytes)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
