import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { LOG_EVENTS } from '@tidegate/guard'
import { METRICS, prometheusNameOf } from '@tidegate/guard/opentelemetry'

// The tables of the guide on observability, made of what the guard really logs and measures. Run as a program it writes
// them anew: `node --conditions=@tidegate/source test/gate/observability-tables.ts`, then `pnpm tidy`.

export const GUIDE = path.resolve(import.meta.dirname, '../../apps/docs/guides/observability.md')

const tables = { events: eventTable(), metrics: metricTable() }

/** The guide with its tables as they are to be today. */
export function withTables(guide: string): string {
  return Object.entries(tables).reduce((text, [name, lines]) => {
    const between = new RegExp(`(<!-- ${name} -->\n).*?(<!-- /${name} -->)`, 's')
    if (!between.test(text)) throw new Error(`Cannot write the table of ${name}: the guide has no place for it`)
    return text.replace(between, (_, from: string, to: string) => `${from}\n${lines.join('\n')}\n\n${to}`)
  }, guide)
}

function eventTable(): readonly string[] {
  const rows = Object.entries(LOG_EVENTS).map(
    ([event, { level, message }]) => `| \`${event}\` | ${level} | ${message} |`,
  )
  return ['| event | level | says |', '| --- | --- | --- |', ...rows]
}

function metricTable(): readonly string[] {
  const rows = Object.entries(METRICS).map(([name, { kind, unit, attributes, description, of }]) => {
    const by = attributes.length === 0 ? '' : `, by ${attributes.map((each) => `\`${each}\``).join(', ')}`
    const names = `\`${name}\`<br>\`${prometheusNameOf(name)}\``
    return `| ${names} | ${description}.<br>${kind} of the ${of} in \`${unit}\`${by} |`
  })
  return ['| name | says |', '| --- | --- |', ...rows]
}

if (import.meta.main) writeFileSync(GUIDE, withTables(readFileSync(GUIDE, 'utf8')))
