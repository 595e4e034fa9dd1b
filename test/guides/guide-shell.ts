import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { postgresBinaries, startPostgres } from '@tidegate/guard/testing'
import { OPERATOR_TOKEN, startServerProcess } from '../e2e/support/server-process.ts'

const root = path.resolve(import.meta.dirname, '../..')
/** Where the guides' app listens; here it is a free port, and reads as this one again in what is printed. */
const PORT = '3000'
const READY_WITHIN_MS = 30_000

/** A reader's machine: an empty folder with the packages installed, a PostgreSQL, the built `tidegate`, and a shell. */
export interface GuideShell extends AsyncDisposable {
  readonly folder: string
  write(name: string, text: string): void
  /** @returns what the command printed; of one that ends in ` &`, what it printed until it said that it listens */
  run(command: string): Promise<string>
}

export type GuideWorld =
  /** The packages and commands alone. */
  | 'no-server'
  /** A PostgreSQL with nothing in it; `DATABASE_URL` names it. */
  | 'empty-database'
  /** `npm start -- --accounts 5000` runs already, and the shell has its address and token. */
  | 'running-server'

export async function openGuideShell(world: GuideWorld): Promise<GuideShell> {
  const postgres = world === 'empty-database' ? await startPostgres() : null
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-guide-'))
  const server =
    world === 'running-server'
      ? await startServerProcess({ dataDir: path.join(folder, '.tidegate-data'), accountCount: 5_000 })
      : null
  const port = String(server?.port ?? (await freePort()))
  // Modules are found from where they really lie, so these are the workspace's packages through their public doors.
  symlinkSync(path.join(root, 'test/node_modules'), path.join(folder, 'node_modules'))
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  symlinkSync(path.join(root, 'test'), path.join(folder, 'test'))
  const bin = mkdtempSync(path.join(tmpdir(), 'tidegate-guide-bin-'))
  const shim = path.join(bin, 'tidegate')
  writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${root}/apps/cli/bin/tidegate.js" "$@"\n`)
  chmodSync(shim, 0o755)
  const { NODE_OPTIONS: _, TIDEGATE_SERVER: __, TIDEGATE_TOKEN: ___, ...inherited } = process.env
  let env: NodeJS.ProcessEnv = {
    ...inherited,
    PATH: [bin, path.dirname(process.execPath), postgresBinaries(), inherited.PATH].join(path.delimiter),
    ...(postgres && { DATABASE_URL: postgres.connectionString }),
    ...(server && { TIDEGATE_SERVER: server.url, TIDEGATE_TOKEN: OPERATOR_TOKEN }),
    NO_COLOR: '1',
    USER: 'ada',
    LOGNAME: 'ada',
  }
  const servers = new Map<string, ChildProcess>()
  const here = (text: string) => text.replaceAll(`:${PORT}`, `:${port}`).replaceAll(`?? ${PORT}`, `?? ${port}`)
  const there = (text: string) => text.replaceAll(`:${port}`, `:${PORT}`).replaceAll(`${folder}/`, '')

  async function stopServer(command: string): Promise<void> {
    const running = servers.get(command)
    servers.delete(command)
    if (!running || running.exitCode !== null) return
    running.kill('SIGTERM')
    await once(running, 'exit')
  }

  async function startServer(command: string): Promise<string> {
    await stopServer(command)
    const child = spawn('bash', ['-c', `exec ${command}`], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    servers.set(command, child)
    let printed = ''
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`Cannot run ${command}: ${why}. It printed:\n${printed}`))
      const late = setTimeout(() => fail(`it does not say that it listens`), READY_WITHIN_MS)
      child.once('exit', (code) => {
        clearTimeout(late)
        fail(`it ended with ${code}`)
      })
      const look = (chunk: Buffer) => {
        printed += chunk
        if (!/listens.*\n/.test(printed)) return
        clearTimeout(late)
        resolve(there(printed))
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
    })
  }

  async function runOnce(command: string): Promise<string> {
    // The variables that a command exports are those of the next one.
    const script = `{ ${here(command)}\n} 2>&1\nstatus=$?\nenv -0 >&3\nexit $status`
    const { printed, variables } = await inBash(script, folder, env)
    env = variables
    return there(printed)
  }

  return {
    folder,
    write: (name, text) => writeFileSync(path.join(folder, name), here(text)),
    run: (command) =>
      command.endsWith(' &') ? startServer(command.slice(0, -2)) : runOnce(command.replaceAll('\\\n', '\\\n ')),
    async [Symbol.asyncDispose]() {
      for (const command of servers.keys()) await stopServer(command)
      await server?.stop()
      await postgres?.stop()
      for (const made of [folder, bin]) rmSync(made, { recursive: true, force: true })
    },
  }
}

function inBash(script: string, cwd: string, env: NodeJS.ProcessEnv) {
  return new Promise<{ printed: string; variables: NodeJS.ProcessEnv }>((resolve, reject) => {
    const child = spawn('bash', ['-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
    let printed = ''
    let variables = ''
    child.stdout?.on('data', (chunk) => (printed += chunk))
    child.stderr?.on('data', (chunk) => (printed += chunk))
    child.stdio[3]?.on('data', (chunk) => (variables += chunk))
    child.once('error', reject)
    child.once('close', () => {
      const pairs = variables.split('\0').filter((pair) => pair.includes('='))
      const split = (pair: string) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      resolve({ printed, variables: Object.fromEntries(pairs.map(split)) })
    })
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
