import type { ProgressResult } from '@tidegate/client'
import { formatBytes, formatCount, formatCounted } from './figures.ts'
import { MESSAGES } from './message.ts'

/** @returns how the last resync ended, with its figures, in one or two sentences */
export function describeResult(result: ProgressResult, mailCount: number): string {
  const proven = provenAt(result, mailCount)
  switch (result.outcome) {
    case 'consistent':
      return `${proven}; nothing was downloaded.`
    case 'resynced':
      return `${proven}, after downloading ${formatCounted(result.itemCount, 'item')}, ${formatBytes(result.bytes)}.`
    case 'observed':
      return result.differs === null || result.differs.itemCount === 0
        ? 'Compared only, as the mail service wished: nothing differs.'
        : `Compared only, as the mail service wished: ${formatCounted(result.differs.itemCount, 'item')} differ, and nothing was downloaded.`
    case 'declined':
      if (result.signalIds.length === 0)
        return 'You cancelled the download. What came so far stays; the rest is not on this device.'
      return 'You chose not now. Nothing was downloaded, and your mails stay as they are.'
    case 'stopped':
      return result.itemCount === 0
        ? 'The request was taken back before anything was downloaded.'
        : `The request was taken back under way. ${formatCounted(result.itemCount, 'item')} had been downloaded and stay; nothing was lost.`
    case 'stuck':
      return 'Three rounds did not end equal. Your mails stay as they are and readable; the mail service was told.'
    case 'failed':
      return 'It could not be finished. Your mails stay as they are and readable; the mail service was told.'
  }
}

/** A proof counts only with the place of the change sequence at which it was read (C8). */
function provenAt({ asOf }: ProgressResult, mailCount: number): string {
  const atSeq = asOf[MESSAGES] ?? Object.values(asOf)[0]
  const mails = `${formatCount(mailCount)} of ${formatCounted(mailCount, 'mail')} proven equal`
  return atSeq === undefined ? mails : `${mails} at change ${formatCount(atSeq)}`
}
