import { setTimeout as sleep } from 'node:timers/promises'
import { comparable } from './comparable.ts'
import { type ConsoleStep, type GuideBlock, guideBlocks, withOutputs } from './guide-blocks.ts'
import { type GuideWorld, openGuideShell } from './guide-shell.ts'

/** Commands that only look: what a reader would type again when the guard has not judged yet. */
const LOOKS = /^tidegate (holds|status|timeline|audit verify)\b/
const LOOK_AGAIN_MS = 250
const LOOKS_AT_MOST = 20

/**
 * Does what a guide says, from its first block to its last, in an empty folder on a real PostgreSQL: files are written,
 * commands are run. Commands that only look are given again until they print what the guide shows.
 *
 * @returns the guide with what the commands printed; blocks that agree with the guide, but for ids and times, stay as they are
 * @throws RangeError for a block that is neither a file nor commands: a guide shows nothing that is not run
 */
export async function runGuide(markdown: string, world: GuideWorld): Promise<string> {
  await using shell = await openGuideShell(world)
  const blocks: GuideBlock[] = []
  for (const block of guideBlocks(markdown)) {
    if (block.kind === 'other') throw new RangeError(`Cannot run a block of ${block.info}: name a file, or use console`)
    if (block.kind !== 'console') {
      if (block.kind === 'file') shell.write(block.name, block.text)
      blocks.push(block)
      continue
    }
    const steps: ConsoleStep[] = []
    for (const step of block.steps) steps.push(await runStep(step))
    blocks.push({ kind: 'console', steps })
  }
  return withOutputs(markdown, blocks)

  async function runStep({ command, output: shown }: ConsoleStep): Promise<ConsoleStep> {
    let output = await shell.run(command)
    for (let at = 0; LOOKS.test(command) && at < LOOKS_AT_MOST && comparable(output) !== comparable(shown); at++) {
      await sleep(LOOK_AGAIN_MS)
      output = await shell.run(command)
    }
    return { command, output: comparable(output) === comparable(shown) ? shown : output }
  }
}
