import { CauseStatus, SignalStatus } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { holdsText } from './status-text.ts'

test('while the guard observes, it is told what would have become of a signal, and that nothing is withheld', () => {
  const lines = holdsText({ causes: [aCause([aSignal({ canaryAccountCount: 20 })])], guardMode: 'observe' })
  expect(lines).toContain('  would be held but for  verify whole account  20 of 5,000 accounts  0 B  signal-1')
  expect(lines.at(-1)).toMatch(/^the guard is in observe: .* nothing is withheld from clients/)
})

test('what was judged while the guard observed is told apart from what is held now', () => {
  const observed = aSignal({ canaryAccountCount: 3, kind: 'release' })
  const held = { ...aSignal({ canaryAccountCount: 20 }), inForceAccountCount: 20 }
  const lines = holdsText({ causes: [aCause([observed, held])], guardMode: 'enforce' })
  expect(lines[1]).toMatch(/^ {2}would go to {2}verify whole account {2,}3 of 5,000 accounts /)
  expect(lines[2]).toMatch(/^ {2}held {9}verify whole account {2}20 of 5,000 accounts in force /)
  expect(lines.at(-1)).toBe('2 signals of 1 cause wait for a decision')
})

test('signals that differ in their accounts alone are one line when there are many', () => {
  const signals = Array.from({ length: 60 }, () => aSignal({}))
  const lines = holdsText({ causes: [aCause(signals)], guardMode: 'enforce' })
  expect(lines[1]).toBe('  held  verify whole account  0 of at most 300,000 accounts in force  0 B  60 signals')
  expect(lines[2]).toBe('')
})

function aSignal({ canaryAccountCount = 0, kind = 'hold' }): SignalStatus {
  return SignalStatus.parse({
    signalId: 'signal-1',
    causeId: 'labels-2023-07',
    state: 'held',
    action: 'verify',
    scope: { kind: 'account' },
    reason: null,
    proposedAtMs: 0,
    expiresInMs: null,
    verdict: { kind, findings: [], canaryAccountCount, heldAccountCount: 5_000 - canaryAccountCount },
    audienceAccountCount: 5_000,
    inForceAccountCount: 0,
    predicted: [],
    release: null,
    reports: { begun: 0, consistent: 0, resynced: 0, declined: 0, stopped: 0, stuck: 0, failed: 0 },
  })
}

function aCause(signals: SignalStatus[]): CauseStatus {
  const totals = { firstProposedAtMs: 0, audienceAccountCount: 5_000, inForceAccountCount: 0, predicted: [] }
  return CauseStatus.parse({
    cause: { causeId: 'labels-2023-07', kind: 'migration', title: 'Labels', owner: 'ada' },
    isRegistered: true,
    credit: { accountCount: 20, bytesPerResource: 0 },
    creditSpentAccountCount: 0,
    totals: [{ ...totals, state: 'held', signalCount: signals.length }],
    signals,
  })
}
