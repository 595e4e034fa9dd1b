import { spawnSync } from 'node:child_process'
import { mkdtempDisposableSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

// Packs the package of the current folder as it would be published, then asks publint and attw whether a stranger could use it.
using folder = mkdtempDisposableSync(path.join(tmpdir(), 'tidegate-pack-'))
run('pnpm', ['pack', '--pack-destination', folder.path])
const [file] = readdirSync(folder.path)
if (file === undefined) throw new Error('Cannot check the package: pnpm pack left no file')
const tarball = path.join(folder.path, file)

const manifest: { exports?: Record<string, unknown> } = JSON.parse(readFileSync('package.json', 'utf8'))
// attw resolves modules; a door to plain JSON files has no types to judge.
const withoutTypes = Object.keys(manifest.exports ?? {}).filter((door) => door.includes('*') || door.endsWith('.json'))

run('publint', ['run', tarball, '--strict'])
run('attw', [
  tarball,
  '--profile',
  'esm-only',
  ...(withoutTypes.length > 0 ? ['--exclude-entrypoints', ...withoutTypes] : []),
])
console.log(`${file}: publint and attw agree`)

function run(command: string, args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0)
    throw new Error(`${command} does not accept ${process.cwd()}:\n${stdout}${stderr}`, error && { cause: error })
}
