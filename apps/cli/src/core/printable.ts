/** What `edge/paint.ts` writes: green, red, yellow, dim, and the ends of these. None of them hides or moves anything. */
const OUR_COLOURS = String.raw`\u001b\[(?:2|22|31|32|33|39)m`
/** Controls of a terminal (a line's end and a tab are none), and what turns the direction of text around. */
const CONTROLS = String.raw`[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]`

const COLOUR_OR_CONTROL = new RegExp(`${OUR_COLOURS}|${CONTROLS}`, 'g')

/**
 * Text that a terminal shows and never obeys. Reasons and titles are other people's words: an emitter that could clear the
 * screen or write over a line would decide what an operator believes to be held.
 */
export function printable(text: string): string {
  return text.replace(COLOUR_OR_CONTROL, (found) =>
    found.length > 1 ? found : `\\u{${found.charCodeAt(0).toString(16)}}`,
  )
}
