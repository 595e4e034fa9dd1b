import type { Timeline } from '@tidegate/protocol'
import { notesOf } from './timeline-text.ts'
import { byDay, rowWords, totalsWords } from './timeline-words.ts'

/** A timeline to paste into a post-mortem: what it came to, then a table for each day. */
export function timelineMarkdown(timeline: Timeline): string[] {
  const { cause, rows } = timeline
  const tables = byDay(rows).flatMap(([day, ofDay]) => [
    '',
    `### ${day}`,
    '',
    '| Time (UTC) | Who | What | Why |',
    '| ---------- | --- | ---- | --- |',
    ...ofDay.map((row) => {
      const { time, who, what, why } = rowWords(row)
      return `| ${time} | ${plain(who)} | ${plain(what)} | ${plain(why ?? '')} |`
    }),
  ])
  return [
    `## ${plain(cause.causeId)}: ${plain(cause.title)}`,
    '',
    `- **cause**: ${cause.kind}, ${cause.isRegistered ? `owner ${plain(cause.owner)}` : 'not registered'}`,
    ...totalsWords(timeline).map(([name, figure]) => `- **${name}**: ${figure}`),
    ...notesOf(timeline).map((note) => `- ${note}`),
    ...tables,
  ]
}

/** Text that people wrote, so that none of it is read as Markdown or HTML, and a cell stays one line. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>|#&~]/g, '\\$&')
}
