/** Where something stands in a file. Both count from 1; a column is a Unicode code point, as editors and PostgreSQL count. */
export interface SourcePlace {
  readonly line: number
  readonly column: number
}

/**
 * A file's text with the three ways of counting in it told apart: JavaScript counts UTF-16 units, PostgreSQL's parser
 * UTF-8 bytes, and its error positions code points. An `é` before a place moves one of them, an emoji all.
 */
export class SourceText {
  readonly text: string
  readonly #lines: readonly { readonly index: number; readonly byte: number }[]

  constructor(text: string) {
    this.text = text
    const lines = [{ index: 0, byte: 0 }]
    let byte = 0
    for (let index = 0; index < text.length; ) {
      const codePoint = text.codePointAt(index) ?? 0
      index += unitsOf(codePoint)
      byte += bytesOf(codePoint)
      if (codePoint === 0x0a) lines.push({ index, byte })
    }
    this.#lines = lines
  }

  /** @param index a UTF-16 index; beyond the end means the end */
  placeAt(index: number): SourcePlace {
    const line = this.#lineOf('index', index)
    return { line: line + 1, column: [...this.text.slice(this.#lines[line]?.index, index)].length + 1 }
  }

  /** @returns the UTF-16 index of what comes after so many bytes of UTF-8 */
  indexAfterBytes(byteCount: number): number {
    const line = this.#lines[this.#lineOf('byte', byteCount)] ?? { index: 0, byte: 0 }
    let { index, byte } = line
    while (byte < byteCount && index < this.text.length) {
      const codePoint = this.text.codePointAt(index) ?? 0
      index += unitsOf(codePoint)
      byte += bytesOf(codePoint)
    }
    return index
  }

  #lineOf(count: 'index' | 'byte', value: number): number {
    let low = 0
    let high = this.#lines.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#lines[middle]?.[count] ?? 0) <= value) low = middle
      else high = middle - 1
    }
    return low
  }
}

/** @returns the UTF-16 index of what comes after so many code points of `text` */
export function indexAfterCodePoints(text: string, codePointCount: number): number {
  let index = 0
  for (let at = 0; at < codePointCount && index < text.length; at++) index += unitsOf(text.codePointAt(index) ?? 0)
  return index
}

function unitsOf(codePoint: number): number {
  return codePoint > 0xffff ? 2 : 1
}

/** A lone surrogate is written as U+FFFD, three bytes, like any other of its neighbourhood. */
function bytesOf(codePoint: number): number {
  if (codePoint < 0x80) return 1
  if (codePoint < 0x800) return 2
  return codePoint > 0xffff ? 4 : 3
}
