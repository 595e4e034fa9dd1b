/** A planted breach of one invariant: a small edit of a source file, and the test that must fail because of it. */
export interface Mutant {
  /** The invariant it breaks, as in DESIGN section 6: `C1` … `K4`. */
  readonly invariant: string
  /** What goes wrong, as a sentence. */
  readonly what: string
  /** From the root of the repository. */
  readonly file: string
  /** Text that stands exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** The folder the test runs in, its project and file, and the start of the name of a test that must fail. */
  readonly caughtBy: {
    readonly folder: string
    readonly project: 'unit' | 'contracts' | 'e2e'
    readonly file: string
    readonly test: string
  }
}

/**
 * Applies a mutant to a file's text.
 *
 * @throws Error when the text to replace is not there exactly once: the source moved on and the mutant must follow
 */
export function planted(mutant: Mutant, source: string): string {
  const pieces = source.split(mutant.find)
  if (pieces.length !== 2) {
    throw new Error(
      `Cannot plant the breach of ${mutant.invariant} in ${mutant.file}: its text stands there ${pieces.length - 1} times, exactly once is required`,
    )
  }
  return pieces.join(mutant.replace)
}
