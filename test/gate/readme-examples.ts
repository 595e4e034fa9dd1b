import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** A block of a README that must run: its fence is ```ts run. */
export type ReadmeExample = { readonly file: string; readonly line: number; readonly code: string }

/** Every ```ts run block of one Markdown text, in order. */
export function readmeExamples(file: string, markdown: string): readonly ReadmeExample[] {
  return [...markdown.matchAll(/^```ts run\n(.*?)^```$/gms)].map(({ index, 1: code = '' }) => ({
    file,
    line: markdown.slice(0, index).split('\n').length + 1,
    code,
  }))
}

/**
 * Runs one example as a module on this Node, on the workspace's sources, as if it stood beside its README.
 * The root has no dependencies of its own, so its README borrows those of `test`.
 */
export function runReadmeExample(
  root: string,
  example: ReadmeExample,
): { readonly ok: boolean; readonly output: string } {
  const folder = path.dirname(example.file)
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@tidegate/source', '--input-type=module-typescript', '--no-warnings', '--eval', example.code],
    { cwd: path.join(root, folder === '.' ? 'test' : folder), encoding: 'utf8', timeout: 60_000 },
  )
  return { ok: status === 0, output: stdout + stderr }
}

if (import.meta.main) {
  const root = path.resolve(import.meta.dirname, '../..')
  const files = globSync(['README.md', '{packages,apps}/*/README.md', 'test/README.md'], { cwd: root })
  const examples = files.flatMap((file) => readmeExamples(file, readFileSync(path.join(root, file), 'utf8')))
  for (const example of examples) {
    const { ok, output } = runReadmeExample(root, example)
    console.log(`${ok ? 'ran' : 'FAILED'} ${example.file}:${example.line}`)
    if (!ok) {
      console.error(output)
      process.exitCode = 1
    }
  }
  console.log(`readme: ${examples.length} examples in ${files.length} files on Node ${process.version}`)
}
