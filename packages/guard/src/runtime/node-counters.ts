import type { Audit, Finding, Verdict } from '@tidegate/protocol'

/** Flags of one event stream. A flag that is met again is counted again. */
export interface StreamCounts {
  withheldFlagCount: number
  attachedFlagCount: number
  acknowledgedFlagCount: number
}

/**
 * What a node counted since it began. Plain numbers, because the hottest of what it does is counted too: whoever wants
 * to know comes and asks.
 */
export class NodeCounters {
  taggedResponseCount = 0
  untaggedResponseCount = 0
  /** Answers that told a client of a signal, and those that told it of none. */
  tellingAnswerCount = 0
  emptyAnswerCount = 0
  readonly verdictCounts: Record<Verdict['kind'], number> = { release: 0, hold: 0, reject: 0 }
  readonly findingCounts = new Map<string, { readonly finding: Pick<Finding, 'ruleId' | 'severity'>; count: number }>()
  readonly streams = new Map<string, StreamCounts>()
  /** What the last audit that was asked of this node came to; null before the first. */
  lastAudit: (Pick<Audit, 'isIntact'> & { readonly atMs: number }) | null = null

  noteVerdict({ kind, findings }: Pick<Verdict, 'kind' | 'findings'>): void {
    this.verdictCounts[kind] += 1
    for (const { ruleId, severity } of findings) {
      const key = `${ruleId} ${severity}`
      const known = this.findingCounts.get(key)
      if (known) known.count += 1
      else this.findingCounts.set(key, { finding: { ruleId, severity }, count: 1 })
    }
  }

  stream(name: string): StreamCounts {
    const known = this.streams.get(name)
    if (known) return known
    const counts = { withheldFlagCount: 0, attachedFlagCount: 0, acknowledgedFlagCount: 0 }
    this.streams.set(name, counts)
    return counts
  }
}
