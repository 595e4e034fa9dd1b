import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { cruise, type ICruiseOptions, type IForbiddenRuleType } from 'dependency-cruiser'

/** Which package may import which, tests and dev dependencies included. A package that is not listed may not exist. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  client: ['protocol'],
  guard: ['protocol'],
  testing: ['protocol', 'guard'],
  simulator: ['protocol', 'client', 'guard'],
  checker: ['protocol', 'simulator', 'guard'],
}

const inTests = '\\.test(-d)?\\.tsx?$'
const inCore = { path: '^(packages|apps)/[^/]+/src/core/', pathNot: inTests }

// A path is the resolved file where the import could be resolved, and the bare name where it could not: rules read both.
const rules: IForbiddenRuleType[] = [
  ...Object.entries(mayImport).map(
    ([name, allowed]): IForbiddenRuleType => ({
      name: `arrows-of-${name}`,
      comment: `${name} may import ${allowed.join(', ') || 'none of our packages'}`,
      severity: 'error',
      from: { path: `^packages/${name}/` },
      to: { path: '^(packages|@tidegate)/', pathNot: `^(packages|@tidegate)/(${[name, ...allowed].join('|')})(/|$)` },
    }),
  ),
  {
    name: 'nobody-imports-an-app',
    comment: 'apps and test are rooms people visit; only test may look into apps',
    severity: 'error',
    from: { path: '^(packages|apps)/([^/]+)/' },
    to: { path: '^(apps/|test/|@tidegate-apps/|@tidegate-test/)', pathNot: '^$1/$2/' },
  },
  {
    name: 'relative-import-stays-in-its-package',
    comment: "use the package's public door; if it does not offer what you need, the door is wrong",
    severity: 'error',
    from: { path: '^(packages|apps|test)/([^/]+)/' },
    to: { path: '^(packages|apps|test)/', pathNot: ['^$1/$2/', '^test/'], dependencyTypes: ['local'] },
  },
  { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
  {
    name: 'core-is-pure',
    comment: 'core gets time, chance and ids as arguments and returns effects as data',
    severity: 'error',
    from: inCore,
    to: {
      path: [
        '(^|/)edge/',
        '^(node:)?(fs|net|tls|dgram|dns|http|https|http2|child_process|timers|worker_threads|crypto|perf_hooks)(/|$)',
        '(^|node_modules/)(@electric-sql/pglite|pg|idb|ioredis|redis|ws)(/|$)',
      ],
    },
  },
  {
    name: 'core-stays-in-core',
    comment:
      'what lies outside may touch the world, and core through it; of that it may know the types. Protocol is pure throughout',
    severity: 'error',
    from: { path: '^(packages|apps)/(?!protocol/)([^/]+)/src/core/', pathNot: inTests },
    to: { path: '^$1/$2/src/', pathNot: '^$1/$2/src/core/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'import-is-declared',
    comment: 'name it in package.json',
    severity: 'error',
    from: { path: '^(packages|apps|test)/' },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'import-is-found',
    comment: 'dist is not there before the first build, and our own packages are judged by the rules above',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true, pathNot: ['^@tidegate', '(^|/)dist/'] },
  },
  {
    name: 'shipped-code-does-not-import-dev-dependencies',
    severity: 'error',
    from: { path: '^packages/[^/]+/src/', pathNot: inTests },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm-peer', 'type-only'] },
  },
]

const options: ICruiseOptions = {
  validate: true,
  ruleSet: { forbidden: rules },
  tsPreCompilationDeps: true,
  combinedDependencies: true,
  exclude: { path: '^(packages|apps)/[^/]+/dist/' },
  doNotFollow: { path: 'node_modules' },
}

/** Every arrow under `root` that points the wrong way, one line each; empty when the house is in order. */
export async function wrongArrows(root: string): Promise<readonly string[]> {
  return [...wrongManifests(root), ...(await wrongImports(root))]
}

function wrongManifests(root: string): readonly string[] {
  return globSync('{packages,apps}/*/package.json', { cwd: root }).flatMap((file) => {
    const [kind, name = ''] = file.split(path.sep)
    const allowed = kind === 'packages' ? mayImport[name] : Object.keys(mayImport)
    if (allowed === undefined) return [`unknown-package: ${file} is not in the table of test/gate/arrows.ts`]
    const manifest: Record<string, Record<string, string> | undefined> = JSON.parse(
      readFileSync(path.join(root, file), 'utf8'),
    )
    const named = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'].flatMap((field) =>
      Object.keys(manifest[field] ?? {}),
    )
    return named
      .filter((dependency) => dependency.startsWith('@tidegate'))
      .filter((dependency) => !allowed.some((other) => dependency === `@tidegate/${other}`))
      .map((dependency) => `manifest-arrow: ${file} depends on ${dependency}`)
  })
}

async function wrongImports(root: string): Promise<readonly string[]> {
  const folders = ['packages', 'apps', 'test'].filter((folder) => existsSync(path.join(root, folder)))
  const resolve = { conditionNames: ['@tidegate/source', 'import', 'node', 'default'], exportsFields: ['exports'] }
  const { output } = await cruise(folders, { ...options, baseDir: root }, resolve)
  if (typeof output === 'string') throw new TypeError('Cannot read arrows: dependency-cruiser gave text, not a result')
  if (output.summary.totalCruised === 0) throw new Error(`Cannot read arrows: no module found under ${root}`)
  return output.summary.violations.map(
    ({ rule, from, to, cycle }) =>
      `${rule.name}: ${from} -> ${cycle === undefined ? to : cycle.map(({ name }) => name).join(' -> ')}`,
  )
}

if (import.meta.main) {
  const found = await wrongArrows(path.resolve(import.meta.dirname, '../..'))
  for (const line of found) console.error(line)
  console.log(found.length === 0 ? 'arrows: all point down to protocol' : `arrows: ${found.length} point the wrong way`)
  process.exitCode = found.length === 0 ? 0 : 1
}
