import { z } from 'zod'

// The mail page's policy forbids compiling parsers; must come before the first schema is used.
z.config({ jitless: true })
