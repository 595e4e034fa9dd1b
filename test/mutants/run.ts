import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { copyHouse } from './house-copy.ts'
import { type Mutant, planted } from './mutant.ts'
import { MUTANTS } from './mutants.ts'

// `pnpm mutants [--only C1]`: plants each breach in a copy of the house and expects its test to fail. The same tests must
// pass without it, or a broken test would look like a watchful one. Exit 1 when a breach survives or a test was failing anyway.

type Verdict = { readonly passed: readonly string[]; readonly failed: readonly string[] }

const root = path.resolve(import.meta.dirname, '../..')
const { values } = parseArgs({ options: { only: { type: 'string' } } })
const chosen = MUTANTS.filter((mutant) => values.only === undefined || mutant.invariant === values.only)
if (chosen.length === 0) throw new RangeError(`Cannot run mutants: none breaks ${values.only}`)

using house = copyHouse(root)

const healthy = new Map<string, Verdict>()
let survivorCount = 0
for (const mutant of chosen) {
  const key = JSON.stringify([mutant.caughtBy.folder, mutant.caughtBy.project, mutant.caughtBy.file])
  const before = healthy.get(key) ?? runTests(mutant)
  healthy.set(key, before)
  const isHealthy = matches(before.passed, mutant) && !matches(before.failed, mutant)
  const caught = isHealthy && matches(withBreach(mutant).failed, mutant)
  if (!caught) survivorCount += 1
  const outcome = caught ? 'caught  ' : isHealthy ? 'SURVIVED' : 'TEST NOT GREEN WITHOUT THE BREACH'
  console.log(`${outcome} ${mutant.invariant}  ${mutant.what}\n         by "${mutant.caughtBy.test}"`)
}
console.log(`mutants: ${chosen.length - survivorCount} passed, ${survivorCount} failed`)
process.exitCode = survivorCount === 0 ? 0 : 1

function withBreach(mutant: Mutant): Verdict {
  const file = path.join(house.root, mutant.file)
  const source = readFileSync(file, 'utf8')
  writeFileSync(file, planted(mutant, source))
  try {
    return runTests(mutant)
  } finally {
    writeFileSync(file, source)
  }
}

function runTests({ caughtBy }: Mutant): Verdict {
  const folder = path.join(house.root, caughtBy.folder)
  const report = path.join(house.root, 'vitest-report.json')
  rmSync(report, { force: true })
  const config = path.join(house.root, 'test/gate/vitest.config.ts')
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs')
  const run = spawnSync(
    process.execPath,
    [
      vitest,
      'run',
      '--config',
      config,
      '--project',
      caughtBy.project,
      '--reporter=json',
      `--outputFile=${report}`,
      caughtBy.file,
    ],
    { cwd: folder, encoding: 'utf8', timeout: 300_000, env: { ...process.env, CI: 'true' } },
  )
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as VitestReport // vitest's own JSON reporter
    const tests = testResults.flatMap((file) => file.assertionResults)
    return {
      passed: tests.filter((test) => test.status === 'passed').map((test) => test.fullName.trim()),
      failed: tests.filter((test) => test.status === 'failed').map((test) => test.fullName.trim()),
    }
  } catch (cause) {
    throw new Error(`Cannot read what ${caughtBy.file} did: ${run.stdout}${run.stderr}`, { cause })
  }
}

interface VitestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

function matches(names: readonly string[], mutant: Mutant): boolean {
  return names.some((name) => name.includes(mutant.caughtBy.test))
}
