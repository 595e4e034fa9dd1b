/** What the exported contract suites need of a test runner; vitest's and `node:test`'s functions both fit. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly test: (name: string, body: () => Promise<void>) => unknown
}
