import type { Timeline } from '@tidegate/protocol'
import { columns, wrapped } from './columns.ts'
import { durationText } from './figures.ts'
import { byDay, dayText, rowWords, totalsWords } from './timeline-words.ts'

/** What and why beside time and who: a line of 120 for people with long names, less for the others. */
const WHAT_WIDTH = 84

/** A timeline for a terminal: time, who, what, and below it why. */
export function timelineText(timeline: Timeline): string[] {
  const { cause, rows } = timeline
  const days = byDay(rows).flatMap(([day, ofDay]) => [
    '',
    `${day}, UTC`,
    ...columns(
      ofDay.flatMap((row) => {
        const { time, who, what, why } = rowWords(row)
        const said = why === null ? [] : wrapped(`“${why}”`, WHAT_WIDTH)
        const lines = [...wrapped(what, WHAT_WIDTH), ...said]
        return lines.map((line, at) => (at === 0 ? [time, who, line] : ['', '', line]))
      }),
    ),
  ])
  return [
    `${cause.causeId}: ${cause.title} (${cause.kind}, ${cause.isRegistered ? `owner ${cause.owner}` : 'not registered'})`,
    ...notesOf(timeline),
    ...(rows.length === 0 ? ['', 'nothing happened yet'] : days),
    '',
    ...columns(totalsWords(timeline)),
  ]
}

/** What a reader must know to read the rest. */
export function notesOf({ stepMs, prunedBeforeMs }: Pick<Timeline, 'stepMs' | 'prunedBeforeMs'>): string[] {
  const steps = stepMs === 60_000 ? [] : [`clients are counted in steps of ${durationText(stepMs)}`]
  const pruned = prunedBeforeMs === null ? [] : [`decisions from before ${dayText(prunedBeforeMs)} were pruned`]
  return [...steps, ...pruned]
}
