/** A rule page's parts, as far as our pages use Markdown: headings, paragraphs, lists and code. */
export type RulePart =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'code'; readonly text: string }

/** Reads a rule page. Anything it does not know stays a paragraph: nothing of the text is lost. */
export function readRulePage(markdown: string): RulePart[] {
  const parts: RulePart[] = []
  let lines: string[] = []
  let isCode = false

  const close = () => {
    const text = lines.join(isCode ? '\n' : ' ').trim()
    if (isCode) parts.push({ kind: 'code', text: lines.join('\n') })
    else if (text !== '') parts.push(partOf(lines))
    lines = []
  }

  for (const line of markdown.split(/\r?\n/)) {
    if (line.startsWith('```')) {
      close()
      isCode = !isCode
    } else if (isCode) lines.push(line)
    else if (line.trim() === '') close()
    else if (/^#{1,6} /.test(line)) {
      close()
      parts.push({ kind: 'heading', text: line.replace(/^#+ /, '') })
    } else {
      const startsList = LIST_ITEM.test(line)
      if (startsList && lines.length > 0 && !LIST_ITEM.test(lines[0] ?? '')) close()
      lines.push(line)
    }
  }
  close()
  return parts
}

const LIST_ITEM = /^\s*([-*]|\d+\.) /

function partOf(lines: readonly string[]): RulePart {
  if (!LIST_ITEM.test(lines[0] ?? '')) return { kind: 'paragraph', text: lines.map((line) => line.trim()).join(' ') }
  const items: string[] = []
  for (const line of lines) {
    if (LIST_ITEM.test(line)) items.push(line.replace(LIST_ITEM, ''))
    else items.push(`${items.pop() ?? ''} ${line.trim()}`)
  }
  return { kind: 'list', items }
}
