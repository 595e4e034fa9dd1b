import { Worker } from 'node:worker_threads'
import { CannotCheck, type CheckFailure } from '../core/check-failure.ts'
import type { Measurement } from '../core/measurement.ts'
import type { MeasureNews, MeasureTask } from './measure-task.ts'

/** A database that has not started after two minutes never will: on a loaded machine it takes some twenty seconds. */
const START_DEADLINE_MS = 120_000

/**
 * Measures in a thread of its own, and ends that thread when a deadline passes, whatever it is doing.
 *
 * @param deadlineMs for the schema file, and anew for the migration; starting the database does not count
 * @throws CannotCheck
 */
export async function measureInWorker(task: MeasureTask, deadlineMs: number): Promise<Measurement> {
  // By its public name: from the workspace's sources that is a .ts file, from a built package its neighbour in dist.
  const worker = new Worker(new URL(import.meta.resolve('@tidegate/checker/worker')), {
    workerData: task,
    name: 'tidegate-check',
    execArgv: conditionsOf(process.execArgv),
  })
  let at: { readonly file: CheckFailure['file']; readonly index: number } | null = null
  const here = () => (at === null ? null : (task[at.file][at.index]?.place ?? null))
  const stopped = (kind: 'deadline' | 'crashed', message: string, doInstead: string | null) =>
    new CannotCheck({ kind, file: at?.file ?? 'migration', message, place: here(), sqlState: null, doInstead })

  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<Measurement>((resolve, reject) => {
      const endAfter = (ms: number) => {
        clearTimeout(timer)
        timer = setTimeout(() => {
          const doing = at === null ? 'while the database started' : 'while this statement ran'
          const message = `the deadline of ${ms / 1000} s passed ${doing}`
          reject(stopped('deadline', message, 'Give it longer with --deadline, or a schema file with fewer rows.'))
        }, ms)
      }
      endAfter(START_DEADLINE_MS)
      worker.on('message', (news: MeasureNews) => {
        if (news.kind === 'began') {
          if (news.file !== at?.file) endAfter(deadlineMs)
          at = news
        } else if (news.kind === 'measured') resolve(news.measurement)
        else reject(new CannotCheck(news.failure))
      })
      worker.on('error', (error) =>
        reject(stopped('crashed', `the throw-away database died: ${messageOf(error)}`, null)),
      )
      worker.on('exit', () => reject(stopped('crashed', 'the throw-away database ended without an answer', null)))
    })
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}

/** Of the process's own arguments a thread needs the resolve conditions, by which it was found; `--eval` and the like would end it. */
function conditionsOf(execArgv: readonly string[]): string[] {
  return execArgv.flatMap((argument, at) => {
    if (/^(--conditions|-C)=/.test(argument)) return argument
    const value = execArgv[at + 1]
    return /^(--conditions|-C)$/.test(argument) && value !== undefined ? [argument, value] : []
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
