import { styleText } from 'node:util'
import type { Emphasis } from '../core/check-text.ts'

const STYLES = { good: 'green', bad: 'red', open: 'yellow', quiet: 'dim' } as const

/** Colours for a terminal; elsewhere, and with NO_COLOR, the text as it is. */
export const emphasis: Emphasis = (kind, text) => styleText(STYLES[kind], text, { stream: process.stdout })
