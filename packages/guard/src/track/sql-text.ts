/** @returns a name that PostgreSQL takes for exactly this name, whatever is in it */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** @returns a text as an SQL literal, also where `standard_conforming_strings` is off */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted
}
