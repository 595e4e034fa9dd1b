// In the operator's own zone and habits; the zone is said, because two people in a call may sit in two of them.
const moment = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
})

/** @param epochMs milliseconds since 1970 on the server's clock */
export function formatMoment(epochMs: number): string {
  return moment.format(epochMs)
}
