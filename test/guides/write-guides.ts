import { readFileSync, writeFileSync } from 'node:fs'
import { GUIDES, guideFile } from './guides.ts'
import { runGuide } from './run-guide.ts'

// `pnpm guides [name…]`: runs the guides and writes down what their commands printed. A test says when one has gone stale.

const named = process.argv.slice(2)
for (const [name, world] of Object.entries(GUIDES)) {
  if (named.length > 0 && !named.includes(name)) continue
  writeFileSync(guideFile(name), await runGuide(readFileSync(guideFile(name), 'utf8'), world))
  console.log(`guides: ${name} ran`)
}
