import { expect, test } from 'vitest'
import { hasRemoteContent, mailDocument } from './mail-html.ts'

test('whatever a mail holds, nothing outside it may be fetched', () => {
  const shown = mailDocument('<img src="https://tracker.example/pixel.gif">')
  expect(shown.indexOf("default-src 'none'")).toBeGreaterThan(0)
  expect(shown.indexOf("default-src 'none'")).toBeLessThan(shown.indexOf('tracker.example'))
})

test('a mail cannot send its reader elsewhere by a refresh or a base of its own', () => {
  const shown = mailDocument(
    '<META HTTP-EQUIV="refresh" content="0;url=https://x.example"><base href="https://x.example/">',
  )
  expect(shown).not.toMatch(/x\.example/)
})

test.each([
  ['<img width=1 src="https://a.example/b.png">', true],
  ['<td background="//a.example/b.png">', true],
  ['<div style="background:url(\'http://a.example/b\')">', true],
  ['<img src="data:image/png;base64,AA=="><a href="https://a.example">link</a>', false],
  ['<img src="cid:part1">', false],
])('%s has remote content: %s', (html, expected) => {
  expect(hasRemoteContent(html)).toBe(expected)
})
