import { digestOf, EMPTY_DIGEST, Item, type ItemHead, type OrdinalRange } from '@tidegate/protocol'
import type { Cache, CollectionState, CompletedSignal, ResyncAttempt, SetAsideSignal } from '../cache.ts'
import { aCompletedSignal, anAttempt, aScheme, aSetAsideSignal, headOf } from './builders.ts'
import { type CacheFixture, expectEqual } from './fixture.ts'

/** An item of the model's small world, by number, so that steps meet the same items again and again. */
export interface ModelItem {
  readonly name: number
  readonly ordinal: number
  readonly content: number
  readonly payloadBytes: number
}

export interface ModelItemChanges {
  readonly upserts: readonly ModelItem[]
  readonly unchanged: readonly ModelItem[]
  readonly deletes: readonly number[]
}

/** One thing an app or a resync does to a cache. */
export type CacheStep =
  | { readonly kind: 'changes'; readonly items: ModelItemChanges; readonly isInStep: boolean }
  | { readonly kind: 'page'; readonly items: ModelItemChanges }
  | { readonly kind: 'move-cursor'; readonly by: number; readonly evenBackwards: boolean; readonly isInStep: boolean }
  | { readonly kind: 'adopt-scheme'; readonly name: string }
  | { readonly kind: 'stage' | 'drop'; readonly write: number }
  | { readonly kind: 'attempt' | 'complete' | 'set-aside'; readonly signal: number }
  | { readonly kind: 'clear-attempt' | 'reconsider' | 'reload' }

/**
 * Plays `steps` on a cache and on a plain map, and compares all that can be read after each of them.
 *
 * @param ranges whose digests are compared after each step
 * @throws Error that names the first step after which they differ
 */
export async function playAgainstModel(
  fixture: CacheFixture,
  steps: readonly CacheStep[],
  ranges: readonly OrdinalRange[],
): Promise<void> {
  let cache = await fixture.open()
  const model = new CacheModel()
  for (const [at, step] of steps.entries()) {
    if (step.kind === 'reload') {
      await cache.close()
      cache = await fixture.open()
    } else await model.play(cache, step)
    expectEqual(`after step ${at}, ${JSON.stringify(step)}`, await shown(cache, ranges), model.shown(ranges))
  }
}

class CacheModel {
  readonly #items = new Map<string, Item>()
  readonly #pending = new Map<string, string>()
  #state: Omit<CollectionState, 'whole'> = { cursor: null, scheme: null }
  #attempt: ResyncAttempt | null = null
  #completed: readonly CompletedSignal[] = []
  #setAside: readonly SetAsideSignal[] = []

  async play(cache: Cache, step: Exclude<CacheStep, { kind: 'reload' }>): Promise<void> {
    const cursor = this.#state.cursor
    switch (step.kind) {
      case 'changes': {
        const fromSeq = step.isInStep ? cursor : (cursor ?? 0) + 1
        const toSeq = (fromSeq ?? 0) + 2
        const outcome = await cache.applyChanges({ collection: 'mail', ...wire(step.items), fromSeq, toSeq })
        expectEqual('outcome', outcome, step.isInStep ? 'applied' : 'out-of-step')
        if (!step.isInStep) return
        this.#change(step.items)
        this.#state = { ...this.#state, cursor: toSeq }
        return
      }
      case 'page':
        await cache.applyPage({ collection: 'mail', ...wire(step.items) })
        return this.#change(step.items)
      case 'move-cursor': {
        const toSeq = Math.max(0, (cursor ?? 0) + step.by)
        const stated = cursor === null ? {} : { fromSeq: step.isInStep ? cursor : cursor + 1 }
        const outcome = await cache.moveCursor('mail', toSeq, { evenBackwards: step.evenBackwards, ...stated })
        const isInStep = cursor === null || step.isInStep
        expectEqual('outcome', outcome, isInStep ? 'moved' : 'out-of-step')
        if (!isInStep) return
        const isMoved = step.evenBackwards || cursor === null || toSeq > cursor
        this.#state = { ...this.#state, cursor: isMoved ? toSeq : cursor }
        return
      }
      case 'adopt-scheme': {
        const scheme = aScheme(step.name)
        await cache.adoptScheme('mail', scheme)
        this.#state = { ...this.#state, scheme }
        return
      }
      case 'stage':
        await cache.stage({ writeId: `w${step.write}`, collection: 'mail', payload: `text ${step.write}` })
        this.#pending.set(`w${step.write}`, `text ${step.write}`)
        return
      case 'drop':
        await cache.dropPending(`w${step.write}`)
        this.#pending.delete(`w${step.write}`)
        return
      case 'attempt':
        this.#attempt = anAttempt({ attemptCount: step.signal })
        return cache.saveAttempt(this.#attempt)
      case 'clear-attempt':
        this.#attempt = null
        return cache.saveAttempt(null)
      case 'complete': {
        const done = aCompletedSignal(`signal-${step.signal}`)
        this.#attempt = null
        this.#completed = [...this.#completed.filter(({ signalId }) => signalId !== done.signalId), done]
        this.#setAside = this.#setAside.filter(({ signalId }) => signalId !== done.signalId)
        return cache.complete(done)
      }
      case 'set-aside': {
        const aside = aSetAsideSignal(`signal-${step.signal}`)
        this.#attempt = null
        this.#setAside = [...this.#setAside.filter(({ signalId }) => signalId !== aside.signalId), aside]
        return cache.setAside([aside])
      }
      case 'reconsider':
        this.#setAside = []
        return cache.reconsider()
    }
  }

  shown(ranges: readonly OrdinalRange[]) {
    const { scheme } = this.#state
    const items = [...this.#items.values()].sort((left, right) => right.ordinal - left.ordinal)
    const bytes = items.reduce((sum, { payloadBytes }) => sum + payloadBytes, 0)
    const counted = { ...EMPTY_DIGEST, itemCount: items.length, payloadBytes: bytes }
    const within = ({ fromOrdinal, toOrdinal }: OrdinalRange) =>
      items.filter(({ ordinal }) => ordinal >= fromOrdinal && ordinal < toOrdinal)
    return {
      state: { ...this.#state, whole: scheme ? digestOf(scheme, 'mail', items) : counted },
      items: byName(items),
      order: items.map(({ ordinal }) => ordinal),
      heads: ranges.map((range) => byName(within(range).map(headOf))),
      digests: scheme ? ranges.map((range) => digestOf(scheme, 'mail', within(range))) : null,
      cachedBytes: bytes,
      pending: [...this.#pending].map(([writeId, payload]) => ({ writeId, collection: 'mail', payload })),
      attempt: this.#attempt,
      completed: this.#completed,
      setAside: this.#setAside,
    }
  }

  #change(changes: ModelItemChanges): void {
    const { upserts, unchanged, deletes } = wire(changes)
    const before = new Map(this.#items)
    for (const id of deletes) this.#items.delete(id)
    for (const head of unchanged) {
      const held = before.get(head.id)
      if (held?.contentHash === head.contentHash) this.#items.set(head.id, { ...held, ...head })
    }
    for (const item of upserts) this.#items.set(item.id, item)
  }
}

async function shown(cache: Cache, ranges: readonly OrdinalRange[]) {
  const [state, items] = [await cache.state('mail'), await cache.list('mail')]
  return {
    state,
    items: byName(items),
    order: items.map(({ ordinal }) => ordinal),
    heads: await Promise.all(ranges.map(async (range) => byName(await cache.heads('mail', range)))),
    digests: state.scheme ? await cache.digests('mail', ranges) : null,
    cachedBytes: await cache.cachedBytes(),
    pending: await cache.pendingWrites(),
    attempt: await cache.attempt(),
    completed: await cache.completed(),
    setAside: await cache.setAsideSignals(),
  }
}

/** Items of equal ordinal come in an order of the cache's own; ids tell them apart here. */
function byName<T extends ItemHead>(heads: readonly T[]): readonly T[] {
  return [...heads].sort((left, right) => (left.id < right.id ? -1 : 1))
}

function wire({ upserts, unchanged, deletes }: ModelItemChanges) {
  return {
    upserts: upserts.map(itemOf),
    unchanged: unchanged.map((item) => headOf(itemOf(item))),
    deletes: deletes.map((name) => itemOf({ name, ordinal: 0, content: 0, payloadBytes: 0 }).id),
  }
}

function itemOf({ name, ordinal, content, payloadBytes }: ModelItem): Item {
  const contentHash = `hash-${content}`
  return Item.parse({ id: `é-${name}`, ordinal, revision: content, contentHash, payloadBytes, payload: { content } })
}
