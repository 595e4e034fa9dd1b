import type { ImportSummary } from './import/import-mailbox.ts'

/** What the person who starts the server is told. */
export interface Banner {
  readonly mailUrl: string
  readonly consoleUrl: string
  /** Null when the person who starts chose it: a secret that is known need not stand in a log. */
  readonly operatorToken: string | null
  /** The data directory, or the address of the PostgreSQL that is shared. */
  readonly store: string
  readonly mailbox: { readonly messageCount: number; readonly payloadBytes: number; readonly source: string }
  readonly neighbourCount: number
  readonly resourceCount: number
  readonly capacityBytesPerSecond: number
}

export function bannerLines(banner: Banner): string[] {
  const { mailbox } = banner
  const rows = [
    ['Mail page', banner.mailUrl],
    ['Console', banner.consoleUrl],
    ['Operator token', banner.operatorToken ?? 'the one that was given'],
    ['Kept in', banner.store],
    ['Mailbox', `${counted(mailbox.messageCount, 'message')}, ${megabytes(mailbox.payloadBytes)}, ${mailbox.source}`],
    [
      'Neighbours',
      `${counted(banner.neighbourCount, 'account')} on ${counted(banner.resourceCount, 'resource')} of ${megabytes(banner.capacityBytesPerSecond)}/s`,
    ],
  ] as const
  const width = Math.max(...rows.map(([name]) => name.length))
  return [
    'Tidegate is running. Ctrl-C ends it.',
    '',
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    '',
  ]
}

/** How many unreadable mails are named one by one; the rest are counted. */
const NAMED_UNREADABLE = 20

/** What an import did: a line, and one for each mail that could not be read. */
export function importLines({ importedCount, knownCount, lostNulCount, unreadable }: ImportSummary): string[] {
  const parts = [`imported ${importedCount}`]
  if (knownCount > 0) parts.push(`${knownCount} were there already`)
  if (lostNulCount > 0) parts.push(`NUL characters were left out of ${lostNulCount}`)
  if (unreadable.length > 0) parts.push(`${unreadable.length} could not be read:`)
  const more = unreadable.length - NAMED_UNREADABLE
  return [
    `Mailbox: ${parts.join(', ')}`,
    ...unreadable.slice(0, NAMED_UNREADABLE).map(({ name, reason }) => `  ${name}: ${reason}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}

function counted(count: number, thing: string): string {
  return `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
