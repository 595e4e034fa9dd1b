import { parentPort, workerData } from 'node:worker_threads'
import { CannotCheck } from './core/check-failure.ts'
import { measureMigration } from './edge/measure-migration.ts'
import type { MeasureNews, MeasureTask } from './edge/measure-task.ts'

// PGlite keeps its thread busy for as long as a statement runs and knows no statement_timeout: only a thread of its own
// can be ended from outside.
const task: MeasureTask = workerData // what `measureInWorker` put there
const tell = (news: MeasureNews) => parentPort?.postMessage(news)

try {
  tell({
    kind: 'measured',
    measurement: await measureMigration(task, (file, index) => tell({ kind: 'began', file, index })),
  })
} catch (error) {
  if (!(error instanceof CannotCheck)) throw error
  tell({ kind: 'failed', failure: error.failure })
}
