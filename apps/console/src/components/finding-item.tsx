import { useState } from 'react'
import { Button } from 'react-aria-components/Button'
import type { CauseFinding } from '../core/cause-view.ts'
import { describeEvidence } from '../core/evidence.ts'
import { formatCount } from '../core/figures.ts'
import { inlineText } from './inline-text.tsx'
import { RuleDialog } from './rule-dialog.tsx'

const SEVERITY = { reject: 'Rejects', hold: 'Holds', note: 'Note' } as const

/** One finding: which rule, what, the evidence, and what to do instead. */
export function FindingItem({ finding }: { readonly finding: CauseFinding }) {
  const [isPageOpen, setIsPageOpen] = useState(false)
  const evidence = Object.entries(finding.evidence).map(([name, value]) => describeEvidence(name, value))
  return (
    <li className={`finding finding-${finding.severity}`} data-testid="finding" data-rule={finding.ruleId}>
      <div className="finding-head">
        <span className={`tag tag-${finding.severity}`}>{SEVERITY[finding.severity]}</span>
        <Button
          className="link"
          onPress={() => setIsPageOpen(true)}
          aria-label={`Rule ${finding.ruleId}, read its page`}
        >
          {finding.ruleId}
        </Button>
        {finding.signalCount > 1 && (
          <span className="quiet">
            in {finding.isExact ? '' : 'at least '}
            {formatCount(finding.signalCount)} signals
          </span>
        )}
      </div>
      <p className="finding-message">{finding.message}</p>
      {evidence.length > 0 && (
        <dl className="evidence">
          {evidence.map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <p className="do-instead">
        <strong>Do instead:</strong> {inlineText(finding.doInstead)}
      </p>
      {isPageOpen && <RuleDialog ruleId={finding.ruleId} onClose={() => setIsPageOpen(false)} />}
    </li>
  )
}
