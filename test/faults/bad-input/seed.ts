/** Printed by every run; the same value in `TIDEGATE_TEST_SEED` sends the same input again. */
export const seed = Number(process.env.TIDEGATE_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))

export function report(what: string, figures: object): void {
  process.stdout.write(`bad input: ${what}, TIDEGATE_TEST_SEED=${seed} ${JSON.stringify(figures)}\n`)
}
