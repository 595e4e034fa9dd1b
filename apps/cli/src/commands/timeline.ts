import type { CauseId } from '@tidegate/protocol'
import { EXIT_CODES } from '../cli-error.ts'
import { timelineMarkdown } from '../core/timeline-markdown.ts'
import { timelineStatus } from '../core/timeline-status.ts'
import { timelineText } from '../core/timeline-text.ts'
import type { Connection } from '../edge/connect.ts'
import type { Outcome } from '../outcome.ts'

export interface TimelineFlags {
  readonly markdown?: true
  readonly status?: true
}

/** What happened to the signals of a cause, minute by minute. */
export async function timeline(connection: Connection, causeId: CauseId, flags: TimelineFlags): Promise<Outcome> {
  const answer = await connection.call((guard) => guard.timeline.query({ causeId }))
  const write = flags.markdown ? timelineMarkdown : flags.status ? timelineStatus : timelineText
  return { exitCode: EXIT_CODES.ok, json: answer, lines: write(answer) }
}
