import type { ConsentChoice, ConsentHandler, ConsentQuestion } from '@tidegate/client'

/** Where a question waits for its answer, and the page finds it. */
export interface ConsentDesk {
  readonly handler: ConsentHandler
  question(): ConsentQuestion | null
  subscribe(listener: () => void): () => void
  answer(choice: ConsentChoice): void
}

export function createConsentDesk(): ConsentDesk {
  const listeners = new Set<() => void>()
  let waiting: { readonly question: ConsentQuestion; readonly resolve: (choice: ConsentChoice) => void } | null = null
  const set = (next: typeof waiting) => {
    waiting = next
    for (const listener of listeners) listener()
  }
  return {
    handler: (question, signal) =>
      new Promise((resolve, reject) => {
        const asked = { question, resolve }
        set(asked)
        signal.addEventListener(
          'abort',
          () => {
            if (waiting === asked) set(null)
            reject(signal.reason)
          },
          { once: true },
        )
      }),
    question: () => waiting?.question ?? null,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    answer(choice) {
      const answered = waiting
      set(null)
      answered?.resolve(choice)
    },
  }
}
