import './edge/zod-without-eval.ts'
import './styles.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { readPageOptions } from './core/page-options.ts'
import { openMailSession } from './edge/open-mail-session.ts'
import { redeemLoginToken } from './edge/page-session.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('Cannot start the page: index.html has no #root')
if (!redeemLoginToken()) {
  const options = readPageOptions(location.search)
  for (const problem of options.problems) console.warn(`Cannot use an option of the page's address: ${problem}`)
  createRoot(root).render(
    <StrictMode>
      <App opening={openMailSession(options)} />
    </StrictMode>,
  )
}
