import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { planted } from '../mutants/mutant.ts'
import { MUTANTS } from '../mutants/mutants.ts'

const root = path.resolve(import.meta.dirname, '../..')

// Whether each breach is caught takes minutes and is `pnpm mutants`; whether it can still be planted is cheap to know.
test.each(MUTANTS)('the breach of $invariant still fits its source: $what', (mutant) => {
  const source = readFileSync(path.join(root, mutant.file), 'utf8')
  expect(planted(mutant, source)).not.toBe(source)
})

test.each(MUTANTS)('the test that catches the breach of $invariant exists: $caughtBy.test', ({ caughtBy }) => {
  // Names of parametrised tests are put together at run time, so only their fixed beginning can be looked for.
  const fixed = caughtBy.test.split(' ').slice(0, 4).join(' ')
  expect(readFileSync(path.join(root, caughtBy.folder, caughtBy.file), 'utf8')).toContain(fixed)
})
