import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SERVER_LOG_EVENTS } from './server-log.ts'

test('the README names every event that the server logs', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  for (const event of Object.keys(SERVER_LOG_EVENTS)) expect(readme).toContain(`\`${event}\``)
})
