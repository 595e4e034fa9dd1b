import type { MarkdownOptions } from 'vitepress'

type MarkdownIt = Parameters<NonNullable<MarkdownOptions['config']>>[0]

/** A fence that names a file, such as ```ts guard.ts, shows the name above the code. */
export function fileNames(markdown: MarkdownIt): void {
  const fence = markdown.renderer.rules.fence
  if (!fence) return
  markdown.renderer.rules.fence = (tokens, at, options, env, self) => {
    const shown = fence(tokens, at, options, env, self)
    const [, name] = /^\w+ ([\w./-]+\.\w+)$/.exec(tokens[at]?.info ?? '') ?? []
    return name === undefined ? shown : `<div class="named-file"><p>${name}</p>${shown}</div>`
  }
}
