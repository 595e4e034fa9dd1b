import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import type { Benchmark, BenchResult, Measured } from './bench-result.ts'

/**
 * `pnpm bench <suite|id|all> [--json] [--rounds N]`: runs benchmarks one after the other, prints a table, and keeps what
 * was measured under test/bench/results. A benchmark that cannot be run is in the table with the reason; none of them
 * fails a build. A suite is a folder beside this file; each file `a-name.ts` in it exports one function `aName`, which
 * measures the id of that name, or several that come out of one run.
 */
const SUITES = ['gate', 'track', 'admission']

/** Ids that an issue asks for: one without a file is in the table all the same. */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  gate: [
    'propose-bulk',
    'verdict-bulk',
    'in-force-outside',
    'in-force-million',
    'audience-memory',
    'egress-flagless',
    'tag-quiet',
  ],
  admission: ['admit', 'deny', 'middleware'],
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string' } },
})
const [wanted = 'all'] = positionals
const rounds = options.rounds === undefined ? undefined : Number(options.rounds)
if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
  throw new RangeError(`Cannot bench: --rounds must be a positive integer, got ${options.rounds}`)
}

const chosen = SUITES.map((suite) => ({
  suite,
  ids: idsOf(suite).filter((id) => wanted === 'all' || wanted === suite || wanted === id),
})).filter(({ ids }) => ids.length > 0)
if (chosen.length === 0)
  throw new RangeError(`Cannot bench ${wanted}: there are ${[...SUITES, ...SUITES.flatMap(idsOf)].join(', ')}`)
for (const { suite, ids } of chosen) await runSuite(suite, ids)

function idsOf(suite: string): string[] {
  const files = readdirSync(new URL(`./${suite}/`, import.meta.url)).filter((name) => name.endsWith('.ts'))
  return [...new Set([...(WANTED[suite] ?? []), ...files.map((name) => name.slice(0, -3)).toSorted()])]
}

async function runSuite(suite: string, ids: readonly string[]): Promise<void> {
  const measured: Measured[] = []
  for (const id of ids) {
    if (!options.json) console.error(`${id} …`)
    measured.push(...(await run(suite, id)))
  }
  const report = {
    name: suite,
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
    results: measured.map(({ rounds: _, ...result }): BenchResult => result),
  }
  // One id alone is a look at it, not the suite's result.
  if (ids.length > 1) keep(suite, report, measured)
  if (options.json) console.log(JSON.stringify(report))
  else print(report)
}

async function run(suite: string, id: string): Promise<readonly Measured[]> {
  try {
    const file = new URL(`./${suite}/${id}.ts`, import.meta.url)
    if (!existsSync(file)) throw new Error('nothing measures it yet')
    const module: Record<string, unknown> = await import(file.href)
    const name = id.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
    const benchmark = module[name]
    if (typeof benchmark !== 'function') throw new TypeError(`${suite}/${id}.ts exports no function ${name}`)
    const found = await (benchmark as Benchmark)(rounds === undefined ? {} : { rounds }) // what files of a suite export
    return 'id' in found ? [found] : found
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const nothing = { value: 0, unit: '', bound: 0, n: 0, min: 0, max: 0 }
    return [{ id, what: 'could not be measured', ...nothing, holds: false, why: why.split('\n')[0] ?? why }]
  }
}

function keep(suite: string, report: object, measured: readonly Measured[]): void {
  const folder = new URL('./results/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  writeFileSync(new URL(`${suite}.json`, folder), `${JSON.stringify(report, null, 2)}\n`)
  const raw = measured.map(({ id, rounds: each = [] }) => ({ id, rounds: each }))
  writeFileSync(new URL(`${suite}.rounds.json`, folder), `${JSON.stringify(raw, null, 2)}\n`)
}

function print(report: {
  readonly name: string
  readonly commit: string
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string }
  readonly results: readonly BenchResult[]
}): void {
  const { name, commit, machine } = report
  console.log(`${name} at ${commit}: ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`)
  for (const { id, what, value, unit, bound, holds, n, min, max, peer, why } of report.results) {
    const range = `${figure(min)} to ${figure(max)}, n = ${n.toLocaleString('en')}`
    console.log(`${holds ? 'holds' : 'FAILS'}  ${id}: ${figure(value)} ${unit} (bound ${figure(bound)}; ${range})`)
    console.log(`       ${what}${peer ? `; against ${peer}` : ''}${why ? `. ${why}` : ''}`)
  }
}

function figure(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}
