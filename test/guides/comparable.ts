/** What differs from run to run: ids, hashes, tokens, moments and how long something took. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>'],
  [/\b[0-9a-f]{64}\b/g, '<hash>'],
  [/tidegate_[\w-]{43}/g, '<token>'],
  [/\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?/g, '<moment>'],
  [/\b\d{1,2} [A-Z][a-z]+ \d{4}\b/g, '<day>'],
  [/\b\d\d:\d\d(:\d\d)?\b/g, '<time>'],
  [/\b\d+(\.\d+)? (ms|s|min)\b/g, '<duration>'],
  // A burst through an event stream becomes more or fewer signals, as its batches fall.
  [/(^ {2}would .*\n)+/gm, '<recorded>\n'],
  [/\d+ (more )?signals?\b/g, '<signals>'],
  [/asks \d+ accounts? to verify the whole/g, 'asks <accounts> to verify the whole'],
  // Who is in a stage follows from the signal's id.
  [/((?:released|paused) at .*?) [\d,]+ of /g, '$1 <some> of '],
  // Ids and counts of other lengths break lines elsewhere.
  [/\s+/g, ' '],
]

/** A text in which two runs of one guide agree. */
export function comparable(text: string): string {
  return VOLATILE.reduce((sofar, [pattern, name]) => sofar.replaceAll(pattern, name), text)
}
