import type { Network } from '@tidegate/client'

/** What a person may set in the page's address. Whatever is not one of these is not read, and said. */
export interface PageOptions {
  /** `?network=metered|unmetered`: what the network costs, where the browser cannot tell or is wrong. */
  readonly network: Network | null
  /** `?ask=always`: asks before any download, whatever its size. */
  readonly asksAlways: boolean
  /** `?rate=200000`: draws at most so many bytes per second. */
  readonly maxBytesPerSecond: number | null
  /** Options that could not be read, as sentences. */
  readonly problems: readonly string[]
}

/** @param search the query part of the page's address */
export function readPageOptions(search: string): PageOptions {
  const given = new URLSearchParams(search)
  const network = given.get('network')
  const ask = given.get('ask')
  const rate = given.get('rate')
  const problems: string[] = []
  const isNetwork = network === 'metered' || network === 'unmetered'
  if (network !== null && !isNetwork) problems.push(`network must be metered or unmetered, got “${network}”`)
  if (ask !== null && ask !== 'always') problems.push(`ask must be always, got “${ask}”`)
  const maxBytesPerSecond = rate !== null && /^[1-9]\d{0,11}$/.test(rate) ? Number(rate) : null
  if (rate !== null && maxBytesPerSecond === null) problems.push(`rate must be bytes per second above 0, got “${rate}”`)
  return { network: isNetwork ? network : null, asksAlways: ask === 'always', maxBytesPerSecond, problems }
}
