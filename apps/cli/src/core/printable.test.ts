import { styleText } from 'node:util'
import { expect, test } from 'vitest'
import { printable } from './printable.ts'

test('a reason that somebody else wrote cannot move the cursor, clear the screen, or turn the text around', () => {
  expect(printable('fine\u001b[2K\u001b[1Aall is well')).toBe('fine\\u{1b}[2K\\u{1b}[1Aall is well')
  expect(printable('\u001b]52;c;cm0=\u0007')).toBe('\\u{1b}]52;c;cm0=\\u{7}')
  expect(printable('over\rwritten, \u009b2J, \u007f')).toBe('over\\u{d}written, \\u{9b}2J, \\u{7f}')
  expect(printable('\u202edesrever\u2069')).toBe('\\u{202e}desrever\\u{2069}')
  expect(printable('\u001b[8mhidden\u001b[0m')).toBe('\\u{1b}[8mhidden\\u{1b}[0m')
})

test('the colours of the command itself, lines, tabs and other scripts stay as they are', () => {
  const styles = (['green', 'red', 'yellow', 'dim'] as const).map((style) =>
    styleText(style, style, { validateStream: false }),
  )
  for (const text of [...styles, 'first\n\tsecond', 'größer, 発, שלום, 👩‍💻']) expect(printable(text)).toBe(text)
})
