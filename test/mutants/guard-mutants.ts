import type { Mutant } from './mutant.ts'

const guard = 'packages/guard'

/** Planted breaches of the guard's invariants. */
export const GUARD_MUTANTS: readonly Mutant[] = [
  {
    invariant: 'G1',
    what: 'a verdict forgets the credit that all unapproved causes share',
    file: `${guard}/src/core/credit.ts`,
    find: ', accountsLeft(global.credit, global.spent)),',
    replace: '),',
    caughtBy: {
      folder: guard,
      project: 'unit',
      file: 'src/core/verdict.test.ts',
      test: 'G1: no verdict puts more in force than the cause and all causes together have left',
    },
  },
  {
    invariant: 'G1',
    what: 'an unapproved signal is in force for its whole audience',
    file: `${guard}/src/core/in-force.ts`,
    find: '  if (release === null) return null\n',
    replace: '  if (release === null) return { startedAtMs: record.judgedAtMs, ...NAMED_WINDOWS }\n',
    caughtBy: {
      folder: guard,
      project: 'unit',
      file: 'src/core/in-force.test.ts',
      test: 'G1: without approval only named accounts have it in force',
    },
  },
  {
    invariant: 'G1',
    what: 'verdicts are no longer given one after the other, under the ledger row’s lock',
    file: `${guard}/src/ledger/ledger-row.ts`,
    find: ' FOR UPDATE',
    replace: '',
    caughtBy: {
      folder: guard,
      project: 'contracts',
      file: 'src/ledger/ledger-race.contract.test.ts',
      test: 'G1: one cause that proposes from many nodes at once spends one credit',
    },
  },
  {
    invariant: 'G2',
    what: 'a row of the outbox gets another key each time it is read, so a crash between two databases doubles it',
    file: `${guard}/src/ledger/intake.ts`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text, not a template of ours
    find: '`outbox ${outbox.name} ${group.headRowId}`',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text, not a template of ours
    replace: '`outbox ${outbox.name} ${context.newId()}`',
    caughtBy: {
      folder: guard,
      project: 'contracts',
      file: 'src/ledger/ledger-crash.contract.test.ts',
      test: 'G2: a proposal from an outbox in another database is judged exactly once',
    },
  },
  {
    invariant: 'G3',
    what: 'a revoked signal stays in force',
    file: `${guard}/src/core/in-force.ts`,
    find: '  revoked: false,\n',
    replace: '  revoked: true,\n',
    caughtBy: {
      folder: guard,
      project: 'unit',
      file: 'src/core/in-force.test.ts',
      test: 'G3: revoked, rejected or expired is in force for nobody',
    },
  },
  {
    invariant: 'G6',
    what: 'a stage advances although too few clients reported',
    file: `${guard}/src/core/gate.ts`,
    find: "  if (endedCount < Math.max(1, gate.minReportCount)) return 'inconclusive'\n",
    replace: "  if (endedCount < Math.max(1, gate.minReportCount)) return 'go'\n",
    caughtBy: {
      folder: guard,
      project: 'unit',
      file: 'src/core/gate.test.ts',
      test: 'G6: no figures, too few, stale or impossible ones never say go',
    },
  },
  {
    invariant: 'G6',
    what: 'reports of accounts that a stage has not let out count as evidence of it',
    file: `${guard}/src/ledger/tick.ts`,
    find: 'AND stage_place < $3',
    replace: 'AND $3::double precision IS NOT NULL',
    caughtBy: {
      folder: guard,
      project: 'contracts',
      file: 'src/ledger/gate-evidence.contract.test.ts',
      test: 'G6: reports of accounts that the stage has not let out do not begin the next one',
    },
  },
  {
    invariant: 'G6',
    what: "a team's own rule that throws lets the signal pass",
    file: `${guard}/src/core/rules/ask-rule.ts`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text, not a template of ours
    find: '    return brokenRule(rule, causeId, `it threw ${errorText(error)}`)\n',
    replace: '    return null\n',
    caughtBy: {
      folder: guard,
      project: 'unit',
      file: 'src/core/rules/ask-rule.test.ts',
      test: 'G6: a rule that throws holds the signal without canaries',
    },
  },
  {
    invariant: 'G6',
    what: "what a team's own rule answers is believed when it is no finding",
    file: `${guard}/src/core/rules/ask-rule.ts`,
    find: '  if (answer === null) return null\n',
    replace: '  if (!answer) return null\n',
    caughtBy: {
      folder: guard,
      project: 'unit',
      file: 'src/core/rules/ask-rule.test.ts',
      test: 'G6: a rule that answers nothing at all holds the signal without canaries',
    },
  },
  {
    invariant: 'G1',
    what: 'a rule that a credit stands on can be switched off',
    file: `${guard}/src/core/rules/rule-book.ts`,
    find: 'neverBelow !== undefined && ',
    replace: 'neverBelow === undefined && ',
    caughtBy: {
      folder: guard,
      project: 'unit',
      file: 'src/core/rules/rule-book.test.ts',
      test: 'G1: what protects a credit or a declaration may be made stricter and never weaker than a hold: TG005',
    },
  },
  {
    invariant: 'G1',
    what: 'a cause that names account after account is counted from the start each time',
    file: `${guard}/src/ledger/emitted.ts`,
    find: '       named_account_count = known.named_account_count + excluded.named_account_count,\n',
    replace: '',
    caughtBy: {
      folder: guard,
      project: 'contracts',
      file: 'src/ledger/rule-facts.contract.test.ts',
      test: 'distinct accounts of a cause are exact over small and large signals that overlap',
    },
  },
  {
    invariant: 'G7',
    what: 'a decision of a person is carried out and not written down',
    file: `${guard}/src/ledger/decisions.ts`,
    find: '  await recordDecision(sql, made.nowMs, events)\n',
    replace: '',
    caughtBy: {
      folder: guard,
      project: 'contracts',
      file: 'src/ledger/event-chain.contract.test.ts',
      test: 'G7: every decision is an event with actor, reason and evidence of its kind',
    },
  },
  {
    invariant: 'G7',
    what: 'the text that is hashed leaves the reason out, so it can be rewritten afterwards',
    file: `${guard}/src/core/event-chain.ts`,
    find: 'causeId, signalId, reason, evidenceText]\n',
    replace: 'causeId, signalId, evidenceText]\n',
    caughtBy: {
      folder: guard,
      project: 'unit',
      file: 'src/core/event-chain.test.ts',
      test: 'no two events have the same text, wherever their fields end',
    },
  },
  {
    invariant: 'G7',
    what: 'an audit does not look at what an event says it follows, so a history can be put together anew',
    file: `${guard}/src/core/chain-check.ts`,
    find: 'else if (last.sha256 !== null && previousSha256 !== last.sha256) {',
    replace: 'else if (last.sha256 === null && previousSha256 !== last.sha256) {',
    caughtBy: {
      folder: guard,
      project: 'contracts',
      file: 'src/ledger/event-chain.contract.test.ts',
      test: 'G7: what was',
    },
  },
]
