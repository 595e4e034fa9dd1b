/** A block of a guide. Whatever is none of these kinds is not executed, and the test of its guide refuses it. */
export type GuideBlock =
  /** A fence that names a file: ```ts guard.ts. */
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  /** ```console: commands after `$ `, each followed by what it printed. */
  | { readonly kind: 'console'; readonly steps: readonly ConsoleStep[] }
  /** ```sh with `npm install` alone: what the files of the guide may import. */
  | { readonly kind: 'install'; readonly packages: readonly string[] }
  | { readonly kind: 'other'; readonly info: string }

export interface ConsoleStep {
  /** A line ending in a backslash goes on in the next one. */
  readonly command: string
  readonly output: string
}

const FENCE = /^```(.*)\n([\s\S]*?)^```$/gm

export function guideBlocks(markdown: string): readonly GuideBlock[] {
  return [...markdown.matchAll(FENCE)].map(([, info = '', text = '']) => blockOf(info, text))
}

/** The guide with other outputs in its console blocks, in their order. */
export function withOutputs(markdown: string, blocks: readonly GuideBlock[]): string {
  let at = 0
  return markdown.replace(FENCE, (fence) => {
    const block = blocks[at++]
    if (block?.kind !== 'console') return fence
    return `\`\`\`console\n${block.steps.map(({ command, output }) => `$ ${command}\n${output}`).join('')}\`\`\``
  })
}

function blockOf(info: string, text: string): GuideBlock {
  const name = /^\w+ ([\w.-]+)$/.exec(info)?.[1]
  if (name !== undefined) return { kind: 'file', name, text }
  const packages = /^npm install (.+)\n$/.exec(text)?.[1]?.split(' ')
  if (info === 'sh' && packages) return { kind: 'install', packages }
  if (info !== 'console') return { kind: 'other', info }
  const steps = text
    .split(/^\$ /m)
    .slice(1)
    .map((step) => {
      const [, command = '', output = ''] = /^((?:.*\\\n)*.*)\n([\s\S]*)$/.exec(step) ?? []
      return { command, output }
    })
  return { kind: 'console', steps }
}
