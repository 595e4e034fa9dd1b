import {
  type ClientApi,
  type CollectionDigest,
  type CollectionName,
  Denied,
  isEqualDigest,
  type LeaseId,
  type OrdinalRange,
} from '@tidegate/protocol'
import type { Cache } from '../cache.ts'
import type { Phase } from '../core/machine/effect.ts'
import type { Job, JobCollection } from '../core/machine/job.ts'
import { adoptSchemeOf } from './adopt-scheme-of.ts'
import { type Applied, bytesOf, ChangesReplay, nothingDrawn, type ReplayStep, type Stepped } from './changes-replay.ts'
import { DifferenceSearch, type Plan } from './difference-search.ts'
import { stepInteractively } from './ordinary-sync.ts'
import { PageFetch } from './page-fetch.ts'

/** What a step of work came to, as the machine hears it. */
export type WorkStep =
  | (Stepped & { readonly refetchedFrom?: Readonly<Record<string, number>> })
  | {
      readonly kind: 'matched'
      readonly asOf: Readonly<Record<string, number>>
      readonly notServed: readonly string[]
    }
  | { readonly kind: 'differed' }
  | { readonly kind: 'planned'; readonly itemCount: number; readonly bytes: number; readonly ids: readonly string[] }
  | { readonly kind: 'drained' }

/** What the machine lets a step use. */
export interface StepAllowance {
  readonly phase: Phase
  readonly job: Job
  readonly pageBytes: number
}

const IDS_TOLD = 20

/** Where one collection of the job stands. */
type Course =
  | { readonly kind: 'unread' }
  | { readonly kind: 'not-loaded' }
  /** The source no longer knows it: what is held stays as it is. */
  | { readonly kind: 'not-served' }
  | { readonly kind: 'replaying'; readonly replay: ChangesReplay }
  | { readonly kind: 'searching'; readonly search: DifferenceSearch }
  | { readonly kind: 'planned'; readonly plan: Plan }
  | { readonly kind: 'fetching'; readonly fetch: PageFetch }
  | { readonly kind: 'equal'; readonly asOf: number }
  | { readonly kind: 'different' }

/**
 * The long lists behind a job: what differs, what is still to be fetched, how far the replay has come. It decides
 * nothing; each step is one exchange or one write, and the machine says when the next one may run.
 */
export class ResyncWork {
  readonly #api: ClientApi
  readonly #cache: Cache
  readonly #nowMs: () => number
  readonly #courses = new Map<CollectionName, Course>()
  #urgentIds: readonly string[] = []
  #isRefetched = false

  constructor(options: { readonly api: ClientApi; readonly cache: Cache; readonly nowMs: () => number }) {
    this.#api = options.api
    this.#cache = options.cache
    this.#nowMs = options.nowMs
  }

  /** Ids to fetch before all others: what is on screen. */
  prioritise(ids: readonly string[]): void {
    this.#urgentIds = ids
    for (const course of this.#courses.values()) if (course.kind === 'fetching') course.fetch.prioritise(ids)
  }

  /** @param digests those of the last valid answer */
  async step(allowed: StepAllowance, digests: readonly CollectionDigest[]): Promise<WorkStep> {
    switch (allowed.phase) {
      case 'compare':
        return this.#compare(allowed.job, digests)
      case 'catch-up':
        return this.#catchUp(allowed.job)
      case 'fetch':
        return this.#fetch(allowed)
      case 'prove':
        return this.#prove(allowed)
    }
  }

  async #compare(job: Job, digests: readonly CollectionDigest[]): Promise<WorkStep> {
    this.#courses.clear()
    for (const { collection, refetch } of job.collections) {
      const told = digests.find((digest) => digest.collection === collection)
      await this.#unlessUnserved(job, collection, async () => {
        this.#courses.set(collection, await this.#compareWhole(collection, refetch, told, job.signals.length > 0))
        return nothingDrawn(this.#nowMs())
      })
    }
    return this.#matched() ?? { kind: 'differed' }
  }

  async #compareWhole(
    collection: CollectionName,
    refetch: readonly OrdinalRange[],
    told: CollectionDigest | undefined,
    isSignal: boolean,
  ): Promise<Course> {
    const held = await this.#cache.state(collection)
    // Nothing of it was ever loaded, so there is nothing to distrust; the first load compares what it finds.
    if (isSignal && held.cursor === null) return { kind: 'not-loaded' }
    if (refetch.length > 0 || told === undefined || held.cursor === null) return { kind: 'unread' }
    await adoptSchemeOf(told, { api: this.#api, cache: this.#cache })
    const { whole, cursor } = await this.#cache.state(collection)
    if (cursor === null || !isEqualDigest(whole, told)) return { kind: 'unread' }
    // Ordinary sync may have moved on since: then it is not this cache that was compared, and its changes are replayed.
    const moved = await this.#cache.moveCursor(collection, told.asOf, { fromSeq: cursor })
    return moved === 'moved' ? { kind: 'equal', asOf: told.asOf } : { kind: 'unread' }
  }

  async #catchUp(job: Job): Promise<WorkStep> {
    for (const [collection, course] of this.#entries(job)) {
      switch (course.kind) {
        case 'unread':
          return this.#readOrSearch(job, collection)
        case 'replaying':
          return this.#unlessUnserved(job, collection, () => this.#replay(collection, course.replay))
        case 'different':
          return this.#search(job, collection)
        case 'searching':
          return this.#unlessUnserved(job, collection, async () => {
            const plan = await course.search.step()
            if (plan !== null) this.#courses.set(collection, { kind: 'planned', plan })
            return nothingDrawn(this.#nowMs())
          })
        case 'not-loaded':
        case 'not-served':
        case 'planned':
        case 'fetching':
        case 'equal':
          continue
      }
    }
    return this.#matched() ?? this.#planned()
  }

  async #readOrSearch(job: Job, collection: CollectionName): Promise<WorkStep> {
    const { cursor } = await this.#cache.state(collection)
    // Observing fetches nothing, a refetch does not trust what is held, and an empty cache has no place to go on from.
    if (job.isObserving || cursor === null || this.#refetchOf(job, collection).length > 0)
      return this.#search(job, collection)
    this.#courses.set(collection, { kind: 'replaying', replay: this.#newReplay(collection) })
    return nothingDrawn(this.#nowMs())
  }

  #search(job: Job, collection: CollectionName): WorkStep {
    const refetch = this.#refetchOf(job, collection)
    const search = new DifferenceSearch({ api: this.#api, cache: this.#cache, collection, refetch })
    this.#courses.set(collection, { kind: 'searching', search })
    return nothingDrawn(this.#nowMs())
  }

  async #replay(collection: CollectionName, replay: ChangesReplay): Promise<WorkStep> {
    return this.#replayed(collection, await stepInteractively(replay))
  }

  #replayed(collection: CollectionName, step: ReplayStep): WorkStep {
    switch (step.kind) {
      case 'stepped':
        return step
      case 'equal':
        this.#courses.set(collection, { kind: 'equal', asOf: step.asOf })
        return this.#applied(step)
      case 'different':
        this.#courses.set(collection, { kind: 'different' })
        return this.#applied(step)
      case 'unknown-position':
      case 'too-much':
        this.#courses.set(collection, { kind: 'different' })
        return nothingDrawn(this.#nowMs())
    }
  }

  async #fetch({ job, pageBytes }: StepAllowance): Promise<WorkStep> {
    for (const [collection, course] of this.#entries(job)) {
      if (course.kind === 'planned') {
        const fetch = new PageFetch({ api: this.#api, cache: this.#cache, plan: course.plan, nowMs: this.#nowMs })
        fetch.prioritise(this.#urgentIds)
        this.#courses.set(collection, { kind: 'fetching', fetch })
        return nothingDrawn(this.#nowMs())
      }
      if (course.kind !== 'fetching' || course.fetch.isDone) continue
      return this.#unlessUnserved(job, collection, async () => {
        const step = await course.fetch.step({ leaseId: leaseOf(job), pageBytes })
        const isProgress = step.appliedItemCount > 0 && this.#refetchOf(job, collection).length > 0
        return isProgress
          ? { ...step, refetchedFrom: { ...job.refetchedFrom, [collection]: course.fetch.fetchedFrom } }
          : step
      })
    }
    for (const [collection, course] of this.#entries(job)) {
      if (course.kind === 'fetching' || course.kind === 'equal') {
        this.#courses.set(collection, { kind: 'replaying', replay: this.#newReplay(collection) })
      }
    }
    this.#isRefetched = true
    return { kind: 'drained' }
  }

  async #prove({ job, pageBytes }: StepAllowance): Promise<WorkStep> {
    for (const [collection, course] of this.#entries(job)) {
      if (course.kind !== 'replaying') continue
      return this.#unlessUnserved(job, collection, async () =>
        this.#replayed(collection, await course.replay.step({ leaseId: leaseOf(job), pageBytes })),
      )
    }
    return this.#matched() ?? { kind: 'differed' }
  }

  /** All collections equal, each at a stated place (C8). */
  #matched(): WorkStep | null {
    const asOf: Record<string, number> = {}
    const notServed: string[] = []
    for (const [collection, course] of this.#courses) {
      if (course.kind === 'equal') asOf[collection] = course.asOf
      else if (course.kind === 'not-served') notServed.push(collection)
      else if (course.kind !== 'not-loaded') return null
    }
    return { kind: 'matched', asOf, notServed }
  }

  /** A collection that the source no longer knows is left alone, and the others of the signal go on. A first load was asked for by name: it fails. */
  async #unlessUnserved(
    job: Job,
    collection: CollectionName,
    work: () => WorkStep | Promise<WorkStep>,
  ): Promise<WorkStep> {
    try {
      return await work()
    } catch (error) {
      const isUnserved = error instanceof Denied && error.denial.kind === 'not-found'
      if (!isUnserved || job.signals.length === 0) throw error
      this.#courses.set(collection, { kind: 'not-served' })
      return nothingDrawn(this.#nowMs())
    }
  }

  #planned(): WorkStep {
    const plans = [...this.#courses.values()].flatMap((course) => (course.kind === 'planned' ? [course.plan] : []))
    const ids = plans.flatMap(({ fetch, suspects }) => [...fetch, ...suspects].map(({ id }) => id))
    const bytes = plans.reduce((sum, { fetch }) => sum + bytesOf(fetch), 0)
    return { kind: 'planned', itemCount: ids.length, bytes, ids: ids.slice(0, IDS_TOLD) }
  }

  #entries(job: Job): readonly (readonly [CollectionName, Course])[] {
    return job.collections.map(({ collection }) => [collection, this.#courses.get(collection) ?? { kind: 'unread' }])
  }

  /** What of a collection is still to be fetched anew; once it was, its digests are as good as any. */
  #refetchOf(job: Job, collection: CollectionName): readonly OrdinalRange[] {
    if (this.#isRefetched) return []
    const named: JobCollection | undefined = job.collections.find((each) => each.collection === collection)
    const below = job.refetchedFrom[collection] ?? Number.MAX_SAFE_INTEGER
    return (named?.refetch ?? [])
      .map((range) => ({ ...range, toOrdinal: Math.min(range.toOrdinal, below) }))
      .filter(({ fromOrdinal, toOrdinal }) => fromOrdinal < toOrdinal)
  }

  #newReplay(collection: CollectionName): ChangesReplay {
    return new ChangesReplay({ api: this.#api, cache: this.#cache, collection, nowMs: this.#nowMs })
  }

  #applied({ appliedItemCount, appliedBytes }: Applied): WorkStep {
    return { ...nothingDrawn(this.#nowMs()), appliedItemCount, appliedBytes }
  }
}

function leaseOf(job: Job): LeaseId {
  if (job.lease === null) throw new Error('Cannot fetch a page: the machine let a step begin without a lease')
  return job.lease.leaseId
}
