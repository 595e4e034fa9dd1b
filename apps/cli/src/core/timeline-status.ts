import type { Timeline, TimelineRow } from '@tidegate/protocol'
import { dayText, rowWords } from './timeline-words.ts'

/**
 * A timeline for a public status page: what readers of mail may want to know, and nothing that only the house knows. No
 * names, no reasons, no rules; figures of accounts only roughly.
 */
export function timelineStatus({ rows, totals }: Timeline): string[] {
  const told: { readonly day: string; readonly time: string; readonly text: string }[] = []
  for (const row of rows) {
    const text = publicText(row)
    // Many signals of one cause are one thing to the public.
    if (text === null || told.at(-1)?.text === text) continue
    told.push({ day: dayText(row.atMs), time: rowWords(row).time.slice(0, 5), text })
  }
  const lines = told.flatMap(({ day, time, text }, at) => {
    const heading = told[at - 1]?.day === day ? [] : [...(at === 0 ? [] : ['']), `${day} (times in UTC)`, '']
    return [...heading, `${time}  ${text}`]
  })
  return lines.length === 0 ? ['No app was asked to do anything.'] : [...lines, '', resultText(totals)]
}

function publicText(row: TimelineRow): string | null {
  switch (row.kind) {
    case 'emitted':
      return 'A change in our systems asked mail apps to check the mail they keep.'
    case 'judged':
      if (row.guardMode !== 'enforce') return null
      if (row.verdict === 'hold') return 'Our safeguards held the request back before it reached most apps.'
      return row.verdict === 'reject' ? 'Our safeguards refused the request. It reached no app.' : null
    case 'approved':
      return 'We looked at the request and let it reach apps step by step, so that they come one after another.'
    case 'advanced':
      return 'We let it go on to more apps.'
    case 'stage':
      if (row.step === 'paused') return 'We paused it to take a closer look.'
      return row.step === 'started'
        ? 'It went well so far and goes on to more apps.'
        : 'It has reached every app it was meant for.'
    case 'rejected':
    case 'revoked':
      return 'We withdrew the request. Apps that had not begun will not begin, and those under way stop.'
    case 'superseded':
      return 'We put a corrected request in its place. Apps follow that one, each in its turn.'
    case 'extended':
      return row.windowMs === null ? null : 'We gave apps more time, so that fewer of them come at once.'
    case 'expired':
      return 'The request has ended.'
    case 'switch':
      return switchText(row)
    case 'registered':
    case 'modes':
    case 'other':
    case 'clients':
      return null
  }
}

/** What operators slowed down or took off, in the words that people were told at the time. */
function switchText({ step, effect }: Extract<TimelineRow, { kind: 'switch' }>): string | null {
  switch (effect.kind) {
    case 'throttle':
      return step === 'set'
        ? 'We slowed some apps down, so that they do not hold up the others.'
        : 'We let those apps go at their own speed again.'
    case 'pause':
      return step === 'set' ? 'We paused it to take a closer look.' : 'We let it go on.'
    case 'shed':
      return step === 'set'
        ? `We took a service off for a while. ${effect.text}`
        : 'We let people back to that service.'
    case 'ramp':
      return step === 'set' ? 'We let people back little by little.' : null
  }
}

function resultText({ accountCount, neverBegunAccountCount, clients }: Timeline['totals']): string {
  const { consistent, resynced } = clients.outcomes
  const quietPercent = accountCount === 0 ? 100 : Math.floor((neverBegunAccountCount / accountCount) * 100)
  return [
    `It concerned ${roughly(accountCount)} accounts; for ${quietPercent} % of them no app fetched anything.`,
    ...(consistent > 0 ? [`Apps that looked and found nothing missing: ${roughly(consistent)}.`] : []),
    ...(resynced > 0 ? [`Apps that fetched what differed: ${roughly(resynced)}.`] : []),
  ].join(' ')
}

/** `about 5,000` for 4,980; below ten no figure at all, because few accounts can be guessed. */
function roughly(count: number): string {
  if (count < 10) return count === 0 ? 'none' : 'fewer than ten'
  const unit = 10 ** (Math.floor(Math.log10(count)) - 1)
  return `about ${(Math.round(count / unit) * unit).toLocaleString('en')}`
}
