import { execFile } from 'node:child_process'
import path from 'node:path'

export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the real command, from its sources, as a process of its own. */
export function runTidegate(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const main = path.join(import.meta.dirname, '../main.ts')
  const env = { PATH: process.env.PATH, ...environment } // nobody's TIDEGATE_TOKEN, and no colours
  return new Promise((resolve) => {
    execFile(process.execPath, ['--conditions=@tidegate/source', main, ...args], { env }, (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr })
    })
  })
}
