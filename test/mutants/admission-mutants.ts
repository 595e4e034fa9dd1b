import type { Mutant } from './mutant.ts'

const guard = 'packages/guard'
const adaptive = `${guard}/src/core/adaptive`
const ramp = `${guard}/src/core/ramp`

const inAdaptive = (file: string, test: string): Mutant['caughtBy'] => ({
  folder: guard,
  project: 'unit',
  file: `src/core/adaptive/${file}`,
  test,
})

const inRamp = (test: string, file = 'step-ramp.test.ts'): Mutant['caughtBy'] => ({
  folder: guard,
  project: 'unit',
  file: `src/core/ramp/${file}`,
  test,
})
const BY_TIME = 'G6: never by time alone: what is not known, from before, stale, or not asked for changes nothing'

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
    invariant: 'G5',
    what: 'a storage is starved because one operation of a hundred was slow',
    file: `${adaptive}/resource-meter.ts`,
    find: '(expected + 2 * Math.sqrt(expected))',
    replace: 'expected',
    caughtBy: inAdaptive(
      'peers.test.ts',
      'a storage as uneven as any, with a target just above what it takes by itself',
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
  {
    invariant: 'G6',
    what: 'a ramp believes old figures',
    file: `${ramp}/judge-ramp.ts`,
    find: 'ageMs >= 0 && ageMs <= options.staleAfterMs',
    replace: 'ageMs >= 0',
    caughtBy: inRamp(BY_TIME),
  },
  {
    invariant: 'G6',
    what: 'figures from before the last change let a ramp grow',
    file: `${ramp}/judge-ramp.ts`,
    find: "  if (isBefore) return inconclusive('The figures began before the last change.')\n",
    replace: '',
    caughtBy: inRamp(BY_TIME),
  },
  {
    invariant: 'G6',
    what: 'a ramp opens by night, when nobody asks for anything',
    file: `${ramp}/judge-ramp.ts`,
    find: 'const MOST_PER_USED = 2',
    replace: 'const MOST_PER_USED = 200',
    caughtBy: inRamp(BY_TIME),
  },
  {
    invariant: 'G6',
    what: 'a cache of which nobody says anything is taken for a warm one',
    file: `${ramp}/judge-ramp.ts`,
    find: "if (hitRatio === null) return { kind: 'inconclusive', because: 'Nobody says how often the cache had it.' }",
    replace: 'if (hitRatio === null) return null',
    caughtBy: inRamp(BY_TIME),
  },
  {
    invariant: 'G6',
    what: 'a ramp is let up faster than the cache warms',
    file: `${ramp}/judge-ramp.ts`,
    find: '  if (hitRatio >= required) return null\n',
    replace: '  if (hitRatio >= required || required > 0) return null\n',
    caughtBy: inRamp(
      'it opens as the cache warms: a cold one keeps it at the probe however long, a lost one halves it',
    ),
  },
  {
    invariant: 'G5',
    what: 'trouble leaves a ramp where it is',
    file: `${ramp}/step-ramp.ts`,
    find: 'const HALVED = 0.5',
    replace: 'const HALVED = 1',
    caughtBy: inRamp('amber freezes, red halves, errors are red, and below the probe it is a probe again'),
  },
  {
    invariant: 'G5',
    what: 'a ramp grows into a storage that has nothing to spare',
    file: `${ramp}/step-ramp.ts`,
    find: '  amber: frozen,\n',
    replace: '  amber: grown,\n',
    caughtBy: inRamp('amber freezes, red halves, errors are red, and below the probe it is a probe again'),
  },
  {
    invariant: 'G5',
    what: 'a ramp tries again and again where it failed',
    file: `${ramp}/step-ramp.ts`,
    find: '  if (!isTry) return usual\n',
    replace: '  if (!isTry || usual > 0) return usual\n',
    caughtBy: inRamp('it tries again where it failed ever more rarely'),
  },
  {
    invariant: 'G4',
    what: 'a guard killed in mid-ramp comes back with everything let in',
    file: `${ramp}/step-ramp.ts`,
    find: '    because: `Goes on at',
    replace: '    factor: 1,\n    because: `Goes on at',
    caughtBy: inRamp(
      'a guard that was killed goes on where it stood, through what was kept, and with fresh figures only',
    ),
  },
  {
    invariant: 'G6',
    what: 'load that something else held back counts as proof for a ramp',
    file: `${ramp}/resource-pace.ts`,
    find: 'window.usedRatio * heldBack,',
    replace: 'window.usedRatio,',
    caughtBy: inRamp('what adaptive capacity holds back is no proof for the ramp', 'resource-pace.test.ts'),
  },
  {
    invariant: 'G4',
    what: 'a ramp is not heeded by the node that runs it',
    file: `${ramp}/resource-pace.ts`,
    find: '    return adaptiveFactor(this.#adaptive, nowMs, this.#options.adaptive) * rampFactor(this.#ramp)',
    replace: '    return adaptiveFactor(this.#adaptive, nowMs, this.#options.adaptive)',
    caughtBy: inRamp('a resource nobody ramps goes by adaptive capacity alone', 'resource-pace.test.ts'),
  },
]
