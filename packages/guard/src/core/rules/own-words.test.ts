import { expect, test } from 'vitest'
import { theFacts } from './a-verdict.ts'
import { collectionsArgument, shellWord } from './own-words.ts'

test('a command can be pasted, whatever the cause is called', () => {
  expect(shellWord('labels-2023-07')).toBe('labels-2023-07')
  expect(shellWord('labels 2023; rm x')).toBe("'labels 2023; rm x'")
  expect(shellWord("Zoë's")).toBe(`'Zoë'\\''s'`)
})

test('collections are those that the cause declared or named, quoted for SQL', () => {
  const named = (collections: string[]) => theFacts({ cause: { earlierScopes: { collections, wholeAccountCount: 0 } } })
  expect(collectionsArgument(named(['labels', "it's"]).cause)).toBe("collections => ARRAY['labels', 'it''s']")
  expect(collectionsArgument(theFacts().cause)).toBe("collections => ARRAY['messages']")
})
