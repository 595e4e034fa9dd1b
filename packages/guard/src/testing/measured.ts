/** Prints a figure that a test has measured, one line each, so that it can be quoted. */
export function measured(what: string): void {
  process.stdout.write(`measured: ${what}\n`)
}
