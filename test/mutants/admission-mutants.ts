import type { Mutant } from './mutant.ts'

const guard = 'packages/guard'
const adaptive = `${guard}/src/core/adaptive`

const inAdaptive = (file: string, test: string): Mutant['caughtBy'] => ({
  folder: guard,
  project: 'unit',
  file: `src/core/adaptive/${file}`,
  test,
})

/** Planted breaches of what adaptive capacity and ramps promise. */
export const ADMISSION_MUTANTS: readonly Mutant[] = [
  {
    invariant: 'G4',
    what: 'a healthy resource grows beyond what was declared for it',
    file: `${adaptive}/adaptive-capacity.ts`,
    find: 'factor: Math.min(1, factor * (1 + growth)),',
    replace: 'factor: factor * (1 + growth),',
    caughtBy: inAdaptive(
      'adaptive-capacity.test.ts',
      'G4, G5: whatever is observed, the factor stays in [floor, 1] at every moment',
    ),
  },
  {
    invariant: 'G5',
    what: 'a failing resource is closed for good, because nothing is left to see it recover by',
    file: `${adaptive}/adaptive-capacity.ts`,
    find: 'factor: Math.max(options.floorFactor, state.factor * taken),',
    replace: 'factor: state.factor * taken,',
    caughtBy: inAdaptive(
      'adaptive-capacity.test.ts',
      'G4, G5: whatever is observed, the factor stays in [floor, 1] at every moment',
    ),
  },
  {
    invariant: 'G5',
    what: 'the limit of a resource nobody uses grows, until a crowd comes',
    file: `${adaptive}/adaptive-capacity.ts`,
    find: 'window.usedRatio === null || window.usedRatio < options.limitingUsedRatio',
    replace: 'window.usedRatio !== null && window.usedRatio < 0',
    caughtBy: inAdaptive(
      'adaptive-capacity.test.ts',
      'in good health it grows by a tenth, and only where the limit is what limits',
    ),
  },
  {
    invariant: 'G5',
    what: 'errors do not lower what a resource is given',
    file: `${adaptive}/adaptive-capacity.ts`,
    find: 'const ERROR_CUT = 0.9',
    replace: 'const ERROR_CUT = 1',
    caughtBy: inAdaptive(
      'adaptive-capacity.test.ts',
      'slowness cuts by how far beyond the target it is, at most by half; errors by a tenth',
    ),
  },
  {
    invariant: 'G5',
    what: 'slowness is measured by the slowness before, as the limiters do that drift',
    file: `${adaptive}/adaptive-capacity.ts`,
    find: '  const slowness = latencyRatio > 1 && !isCutEnough',
    replace: '  const slowness = latencyRatio > 1 && latencyRatio > 2 * latencyRatioBefore && !isCutEnough',
    caughtBy: inAdaptive(
      'peers.test.ts',
      'drift: in half an hour of saturation Gradient2 never stops rising, while ours',
    ),
  },
  {
    invariant: 'G5',
    what: 'what was let in before a cut is cut for again, so that the factor swings',
    file: `${adaptive}/adaptive-capacity.ts`,
    find: '(isSettling ? WORSENING_RATIO : EASING_RATIO)',
    replace: '0',
    caughtBy: inAdaptive(
      'peers.test.ts',
      'flapping: AIMD and Gradient2 swing by factors and Envoy closes once a minute',
    ),
  },
  {
    invariant: 'G6',
    what: 'figures that stopped coming are taken for good ones',
    file: `${adaptive}/adaptive-capacity.ts`,
    find: 'if (silentMs < options.staleAfterMs) return state.factor',
    replace: 'if (silentMs < Number.POSITIVE_INFINITY) return state.factor',
    caughtBy: inAdaptive('adaptive-capacity.test.ts', 'G6: silence is taken for the worst: half after ten seconds'),
  },
  {
    invariant: 'G6',
    what: 'figures that contradict each other are believed',
    file: `${adaptive}/judge-window.ts`,
    find: '      errorCount <= count &&\n',
    replace: '',
    caughtBy: inAdaptive('judge-window.test.ts', 'G6: figures that contradict each other say nothing'),
  },
  {
    invariant: 'G6',
    what: 'work that hangs is never heard of',
    file: `${adaptive}/resource-meter.ts`,
    find: '      if (operation.startedAtMs >= this.#startedAtMs) break\n',
    replace: '      break\n',
    caughtBy: inAdaptive('resource-meter.test.ts', 'work that hangs counts in every window it lasts through'),
  },
]
