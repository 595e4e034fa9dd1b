import fc from 'fast-check'
import { expect, test } from 'vitest'
import { indexAfterCodePoints, SourceText } from './source-text.ts'

test('a place counts lines and characters from 1, whatever stands before it', () => {
  expect(new SourceText('').placeAt(0)).toEqual({ line: 1, column: 1 })
  expect(new SourceText("SELECT 'Zürich 🐎', x").placeAt(18)).toEqual({ line: 1, column: 18 })
  expect(new SourceText('é\n🐎x').placeAt(4)).toEqual({ line: 2, column: 2 })
})

test('bytes and code points before a place lead to the same character', () => {
  const texts = fc
    .array(fc.constantFrom('a', 'é', '€', '🐎', '\n', ' '), { maxLength: 60 })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const source = new SourceText(before + after)
      expect(source.indexAfterBytes(new TextEncoder().encode(before).length)).toBe(before.length)
      expect(indexAfterCodePoints(source.text, [...before].length)).toBe(before.length)
      const lines = before.split('\n')
      expect(source.placeAt(before.length)).toEqual({
        line: lines.length,
        column: [...(lines.at(-1) ?? '')].length + 1,
      })
    }),
  )
})
