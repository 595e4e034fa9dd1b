import type { ConsentChoice, Progress, ProgressResult } from '@tidegate/client'
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { formatTime } from '../core/list-date.ts'
import { MESSAGES } from '../core/message.ts'
import { NO_PLAN, planBase } from '../core/plan-base.ts'
import {
  type Asked,
  askedOf,
  type Control,
  type ResyncView,
  resyncView,
  type Surroundings,
} from '../core/resync-view.ts'
import type { SyncState } from './mail-sync.ts'
import type { MailSession } from './open-mail-session.ts'

export interface Resync {
  readonly view: ResyncView
  readonly outcome: ProgressResult['outcome'] | null
  /** How the ordinary sync is doing. */
  readonly syncNote: string
  readonly choose: (choice: ConsentChoice) => void
  readonly control: (control: Control) => void
}

/** The SDK's progress as the panel shows it, counting waits down between its events. */
export function useResync(session: MailSession): Resync {
  const { tidegate, consent, sync } = session
  const [{ progress, heardAtMs, isWorking }, setHeard] = useState(() => heardFrom(session))
  const [nowMs, setNowMs] = useState(() => performance.now())
  const [held, setHeld] = useState<Surroundings['held']>({ itemCount: 0, bytes: 0 })
  const [provenCount, setProvenCount] = useState(0)
  const [deferredUntil, setDeferredUntil] = useState<Surroundings['deferredUntil']>(null)
  const base = useRef(NO_PLAN)
  const lastAsked = useRef<Asked | null>(null)
  const question = useSyncExternalStore(consent.subscribe, consent.question)
  const syncState = useSyncExternalStore(sync.subscribe, sync.state)

  useEffect(() => {
    const hear = () => {
      // Here and not while rendering: a question that is answered at once is never drawn.
      lastAsked.current = askedOf(tidegate.progress) ?? lastAsked.current
      setHeard(heardFrom(session))
      setNowMs(performance.now())
    }
    hear() // what happened between the first render and now
    return tidegate.subscribe(hear)
  }, [session, tidegate])

  const isCounting = progress.waitingMs !== null
  useEffect(() => {
    if (!isCounting) return
    const timer = setInterval(() => setNowMs(performance.now()), 500)
    return () => clearInterval(timer)
  }, [isCounting])

  const hasPlan = progress.differs !== null
  useEffect(() => {
    if (hasPlan) void readHeld(session).then(setHeld)
  }, [session, hasPlan])

  // What was proven is what the cache held then; mails that arrive later are no part of it.
  const resultKey = JSON.stringify(progress.result)
  useEffect(() => {
    if (resultKey !== 'null') void session.cache.state(MESSAGES).then(({ whole }) => setProvenCount(whole.itemCount))
  }, [session, resultKey])

  useEffect(() => {
    if (progress.state !== 'asking') setDeferredUntil(null)
  }, [progress.state])

  base.current = planBase(base.current, progress)
  const waitingMs = progress.waitingMs === null ? null : Math.max(0, progress.waitingMs - (nowMs - heardAtMs))
  const view = resyncView(
    { ...progress, waitingMs },
    {
      provenCount,
      held,
      problem: syncState.problem,
      isLoaded: syncState.isLoaded,
      isElsewhere: !isWorking,
      question,
      deferredUntil,
      lastAsked: lastAsked.current,
      doneAtPlan: base.current.done,
    },
  )

  const choose = useCallback(
    (choice: ConsentChoice) => {
      setDeferredUntil(choice === 'tonight' || choice === 'on-unmetered' ? choice : null)
      consent.answer(choice)
    },
    [consent],
  )
  const control = useCallback(
    (wanted: Control) => {
      if (wanted === 'reload') return location.reload()
      if (wanted === 'retry') tidegate.reconsider()
      if (wanted === 'retry' || wanted === 'load') sync.loadAgain()
      else tidegate[wanted]()
    },
    [tidegate, sync],
  )
  return { view, outcome: progress.result?.outcome ?? null, syncNote: noteOf(syncState), choose, control }
}

interface Heard {
  readonly progress: Progress
  readonly heardAtMs: number
  readonly isWorking: boolean
}

function heardFrom({ tidegate }: MailSession): Heard {
  return { progress: tidegate.progress, heardAtMs: performance.now(), isWorking: tidegate.isWorking }
}

async function readHeld({ cache, collections }: MailSession): Promise<Surroundings['held']> {
  const states = await Promise.all(collections.map((collection) => cache.state(collection)))
  return {
    itemCount: states.reduce((sum, { whole }) => sum + whole.itemCount, 0),
    bytes: await cache.cachedBytes(),
  }
}

function noteOf({ syncedAtMs, problem }: SyncState): string {
  if (problem === 'signed-out') return 'Open the address that the server printed'
  if (syncedAtMs === null) return ''
  return problem === null ? `Synced ${formatTime(syncedAtMs)}` : `Last synced ${formatTime(syncedAtMs)}`
}
