import { once } from 'node:events'
import { BrokenChain, type LogIds, logLines, standardLog } from '@tidegate/guard'
import { DataDirectoryInUse } from '@tidegate/guard/pglite'
import { bannerLines, importLines } from './banner.ts'
import { NotAMailbox } from './import/read-mailbox.ts'
import { HelpShown, parseOptions, StartError } from './options.ts'
import { serverLog } from './server-log.ts'
import { startServer } from './start-server.ts'

/** Something broke; the log says what. */
const EXIT_FAILED = 1
/** The command was wrong, or somebody else has the data directory: nothing to debug. */
const EXIT_WRONG_START = 2
/** Mails between two lines about an import: a line every second or two. */
const PROGRESS_EVERY = 500

/**
 * Starts, prints where everything is, and ends at SIGINT or SIGTERM.
 *
 * @returns the process's exit code: 0 when it was ended, 1 when it broke, 2 when it could not start as asked
 */
export async function runServer(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  let log = standardLog()
  let logIds: LogIds = 'hidden'
  try {
    const options = parseOptions(args, environment)
    logIds = options.logIds
    if (options.logFormat !== null) log = logLines({ format: options.logFormat })
    const server = await startServer(options, {
      nowMs: Date.now,
      log,
      onProgress: (doneCount) => {
        if (doneCount % PROGRESS_EVERY === 0) console.log(`Mailbox: ${doneCount} mails so far`)
      },
    })
    if (server.imported !== null) console.log(importLines(server.imported).join('\n'))
    console.log(bannerLines(server.banner).join('\n'))
    // Listened for only now: until here a signal ends the process at once, which a start survives like any kill.
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
    await server.close()
    return 0
  } catch (error) {
    if (error instanceof HelpShown) return 0
    if (!isForTheCaller(error)) {
      serverLog(log, logIds)('server.failed', { error })
      return EXIT_FAILED
    }
    console.error(error instanceof BrokenChain ? `${error.message} (--accept-broken-chain <reason>)` : error.message)
    return EXIT_WRONG_START
  }
}

function isForTheCaller(error: unknown): error is Error {
  return (
    error instanceof StartError ||
    error instanceof NotAMailbox ||
    error instanceof DataDirectoryInUse ||
    error instanceof BrokenChain
  )
}
