/** Code spans and emphasis; the rest is text. */
export function inlineText(text: string) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((piece, at) => {
    const key = `${at}-${piece}`
    if (piece.startsWith('`')) return <code key={key}>{piece.slice(1, -1)}</code>
    if (piece.startsWith('**')) return <strong key={key}>{piece.slice(2, -2)}</strong>
    return piece
  })
}
