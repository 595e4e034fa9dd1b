import type { Cache } from '@tidegate/client'
import { useEffect, useState } from 'react'
import { BODIES, BodyPayload } from '../core/message.ts'

/** A mail's body from the cache; `absent` until this device holds it, and then it appears by itself. */
export function useBody(cache: Cache, bodyId: string | null): BodyPayload | 'reading' | 'absent' {
  const [read, setRead] = useState<{ readonly bodyId: string; readonly body: BodyPayload | 'absent' } | null>(null)
  useEffect(() => {
    if (bodyId === null) return
    let isCurrent = true
    const readBody = async () => {
      const body = BodyPayload.safeParse((await cache.get(BODIES, bodyId))?.payload)
      if (isCurrent) setRead({ bodyId, body: body.success ? body.data : 'absent' })
    }
    void readBody()
    const stop = cache.subscribe(BODIES, ({ upserted, deleted }) => {
      if ([...upserted, ...deleted].some((id) => id === bodyId)) void readBody()
    })
    return () => {
      isCurrent = false
      stop()
    }
  }, [cache, bodyId])
  return read?.bodyId === bodyId ? read.body : 'reading'
}
