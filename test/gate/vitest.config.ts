import { defaultClientConditions, defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

// The three projects of the gate. The same file serves `pnpm unit` (which runs it in each package's folder, through turbo)
// and `pnpm vitest run --project unit packages/client` at the root, so the globs fit both.
const source = '@tidegate/source'
const contracts = '**/*.contract.test.ts'
const ignored = ['**/node_modules/**', '**/dist/**', '**/fixtures/**']

export default defineConfig({
  root: process.cwd(),
  resolve: { conditions: [source, ...defaultClientConditions] },
  ssr: { resolve: { conditions: [source, ...defaultServerConditions], externalConditions: [source] } },
  test: {
    maxWorkers: 2,
    passWithNoTests: true,
    // Without the second, V8 now and then ends a process that opens and closes many PGlites: "Check failed:
    // jit_page_->allocations_.erase(addr) == 1", as it frees code it compiled twice (github.com/nodejs/node/issues/64500).
    execArgv: [`--conditions=${source}`, '--no-wasm-code-gc'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/src/**/*.test.{ts,tsx}', '**/gate/**/*.test.ts'],
          exclude: [...ignored, contracts],
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
      {
        extends: true,
        test: { name: 'contracts', include: [contracts], exclude: ignored, testTimeout: 180_000, hookTimeout: 180_000 },
      },
      {
        // What stands in test/ outside gate/: slow, on the built parts; one file at a time, because each starts servers and browsers on a two-core machine.
        extends: true,
        test: {
          name: 'e2e',
          include: ['**/*.test.ts'],
          exclude: [...ignored, '**/src/**', '**/gate/**', contracts],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
