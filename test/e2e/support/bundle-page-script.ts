import path from 'node:path'
import { build } from 'esbuild'

/** @param entry a file of `test/e2e/pages`. @returns one script for a page, made from sources */
export async function bundlePageScript(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, '../pages', entry)],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    conditions: ['@tidegate/source'],
  })
  return outputFiles[0]?.text ?? ''
}
