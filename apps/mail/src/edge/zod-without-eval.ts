import { z } from 'zod'

// Zod tries whether it may compile its parsers; the page's policy forbids that and would report each try.
z.config({ jitless: true })
