import { readFile, writeFile } from 'node:fs/promises'
import { Manifest } from '@tidegate/protocol'
import { z } from 'zod'
import { CliError } from '../cli-error.ts'
import { issuesText } from '../core/issues-text.ts'

/** @throws CliError when it cannot be read */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new CliError(`Cannot read ${path}: ${reasonOf(error)}`, undefined, { cause: error })
  }
}

/**
 * Reads what `tidegate check --manifest` wrote: a list with one manifest for each cause.
 *
 * @throws CliError when the file is something else
 */
export async function readManifests(path: string): Promise<Manifest[]> {
  const text = await readText(path)
  try {
    return Manifest.array().parse(JSON.parse(text))
  } catch (error) {
    const why = error instanceof z.ZodError ? issuesText(error) : reasonOf(error)
    throw new CliError(`Cannot read ${path} as manifests: ${why}`, undefined, { cause: error })
  }
}

/** @throws CliError when it cannot be written */
export async function writeManifests(path: string, manifests: readonly Manifest[]): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(manifests, null, 2)}\n`)
  } catch (error) {
    throw new CliError(`Cannot write ${path}: ${reasonOf(error)}`, undefined, { cause: error })
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as NodeJS.ErrnoException // only read, and only when it is there
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'no such file',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
  }
  return known[code ?? ''] ?? error.message
}
