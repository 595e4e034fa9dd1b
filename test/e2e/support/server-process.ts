import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { GuardRouter } from '@tidegate/protocol/router'
import { createTRPCClient, httpLink } from '@trpc/client'

/** The token every server of the tests is started with. */
export const OPERATOR_TOKEN = 'an-operators-token-for-tests'

const root = path.resolve(import.meta.dirname, '../../..')
const READY_WITHIN_MS = 120_000

export interface ServerStart {
  readonly dataDir: string
  /** 0 for a free one. */
  readonly port?: number
  readonly accountCount?: number
  readonly resourceCount?: number
  readonly mailboxPath?: string
}

/** The product itself: the built server in a process of its own, on loopback. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Logs the browser in and shows the mail page. */
  readonly mailUrl: string
  readonly consoleUrl: string
  readonly pid: number
  /** Everything it printed so far. */
  output(): string
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>
  /** SIGTERM, and wait until it is gone. */
  stop(): Promise<void>
}

/** @throws Error with what the server printed, when it ends or is not ready within two minutes */
export async function startServerProcess(start: ServerStart): Promise<ServerProcess> {
  const options = [
    ['--data', start.dataDir],
    ['--port', String(start.port ?? 0)],
    ['--accounts', String(start.accountCount ?? 200)],
    ['--resources', String(start.resourceCount ?? 4)],
    ...(start.mailboxPath === undefined ? [] : [['--mailbox', start.mailboxPath]]),
  ].flat()
  const child = spawn(process.execPath, [path.join(root, 'apps/server/dist/main.js'), ...options], {
    cwd: root,
    env: { ...process.env, TIDEGATE_OPERATOR_TOKEN: OPERATOR_TOKEN },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk))
  const mailUrl = await printedMailUrl(child, () => printed)
  const { origin, port } = new URL(mailUrl)
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  return {
    url: origin,
    port: Number(port),
    mailUrl,
    consoleUrl: `${origin}/console/#token=${OPERATOR_TOKEN}`,
    pid: child.pid ?? 0,
    output: () => printed,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  }
}

/** The operators' calls, over the same HTTP as everybody's. */
export function operatorOf(url: string) {
  return createTRPCClient<GuardRouter>({
    links: [httpLink({ url: `${url}/tidegate`, headers: { authorization: `Bearer ${OPERATOR_TOKEN}` } })],
  })
}

/** An empty directory that is removed with everything in it. */
export function temporaryDirectory(): { readonly path: string } & Disposable {
  const directory = mkdtempSync(path.join(tmpdir(), 'tidegate-e2e-'))
  return {
    path: directory,
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }),
  }
}

function printedMailUrl(child: ChildProcess, printed: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const giveUp = (why: string) => {
      child.kill('SIGKILL')
      reject(new Error(`Cannot start the server: ${why}. It printed:\n${printed()}`))
    }
    const late = setTimeout(() => giveUp(`it was not ready within ${READY_WITHIN_MS} ms`), READY_WITHIN_MS)
    const look = () => {
      const url = /^ {2}Mail page +(\S+)$/m.exec(printed())?.[1]
      if (url === undefined) return
      clearTimeout(late)
      resolve(url)
    }
    child.stdout?.on('data', look)
    child.once('exit', (code) => {
      clearTimeout(late)
      giveUp(`it ended with code ${code}`)
    })
  })
}
