/** A cell, and whether its column is flushed right: figures are. */
export type Cell = string | { readonly figure: string }

/** Sets rows in columns two spaces apart. Without trailing spaces, so that output can be compared. */
export function columns(rows: readonly (readonly Cell[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(textOf(cell)))
  }
  return rows.map((row) =>
    row
      .map((cell, at) => {
        const text = textOf(cell)
        const gap = ' '.repeat((widths[at] ?? 0) - widthOf(text))
        return typeof cell === 'string' ? text + gap : gap + text
      })
      .join('  ')
      .trimEnd(),
  )
}

/** Breaks a text at spaces so that no line is longer than `width`; a longer word keeps a line of its own. */
export function wrapped(text: string, width: number, indent = ''): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && widthOf(indent + line) + 1 + widthOf(word) > width) {
      lines.push(indent + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, indent + line]
}

/** Like {@link wrapped}, with a head on the first line under which the others are indented. */
export function hanging(head: string, text: string, width: number): string[] {
  const indent = ' '.repeat(widthOf(head))
  const [first = '', ...rest] = wrapped(text, width, indent)
  return [head + first.slice(indent.length), ...rest]
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.figure
}

function widthOf(text: string): number {
  return [...text].length
}
