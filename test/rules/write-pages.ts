import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { PAGE_IDS, rulePage } from './rule-page.ts'

// `pnpm rules`: writes the rule pages anew. A test in the gate says when one no longer shows what the rule says.

const folder = path.resolve(import.meta.dirname, '../../apps/docs/rules')
for (const ruleId of PAGE_IDS) await writeFile(path.join(folder, `${ruleId}.md`), await rulePage(ruleId))
console.log(`rules: ${PAGE_IDS.length} pages written`)
