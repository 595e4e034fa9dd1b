import { guardHttpHandler } from '@tidegate/guard/trpc'
import { pretendRandom } from '@tidegate/protocol/testing'
import fc from 'fast-check'
import { arbitraryOf, type Fields } from './arbitrary-of.ts'
import { CALLS, type Call, CLIENT_CALLS, QUERIES } from './calls.ts'
import { callerOf, type House } from './house.ts'
import { LoopbackHttp } from './loopback-http.ts'
import { mutated, pick, toJson, withHugeText } from './mutated.ts'
import { Tally } from './tally.ts'

/** One kind of input, and how often a wave sends it. */
export interface Salvo {
  readonly call: Call
  readonly count: number
  /** Ids that exist, by the name of their field. */
  readonly fields: Fields
  /** Of the mutated half, those that come from somebody else than they should. Default 0.46; the others say something wrong. */
  readonly wrongKeyShare?: number
  /** Of all inputs, old ones that are sent again as they were accepted. Default 0.1. */
  readonly replayShare?: number
}

/** Half of all inputs are mutated; so many of those by who sends them, the others by what they say. */
const WRONG_KEY_SHARE = 0.46
/** Old messages that are sent again as they were. */
const REPLAY_SHARE = 0.1
const LARGEST_BATCH = 16
/** Ten megabytes are let in, so that schemas, not the limit of the body, are what refuses them. */
const MAX_BODY_BYTES = 64 * 1024 * 1024

interface Sent {
  readonly call: Call
  readonly key: string
  readonly input: unknown
}

/** Sends waves of good and bad input to the HTTP handler of a house, in batches, and counts what is answered. */
export class Bombardment implements Disposable {
  readonly tally = new Tally()
  /** Told of each call that was accepted, with what was sent and answered. */
  onAccepted: (call: Call, input: unknown, answer: unknown) => void = () => undefined
  readonly #seed: number
  readonly #http: LoopbackHttp
  readonly #random: () => number
  readonly #accepted = new Map<Call, unknown[]>()
  #wave = 0

  constructor(house: House, seed: number) {
    this.#seed = seed
    this.#random = pretendRandom(seed)
    const handler = guardHttpHandler(house.guard, {
      identify: ({ headers }) => callerOf(headers.authorization),
      maxBodyBytes: MAX_BODY_BYTES,
    })
    this.#http = new LoopbackHttp((request, response) => void handler(request, response))
  }

  /** A salvo of each kind, all mixed; within a batch everything comes at the same moment. */
  async wave(salvos: readonly Salvo[]): Promise<void> {
    this.#wave += 1
    const inputs = salvos.flatMap((salvo) => this.#inputs(salvo))
    const mixed = inputs
      .map((each) => ({ each, place: this.#random() }))
      .sort((left, right) => left.place - right.place)
      .map(({ each }) => each)
    const batches = [...new Set(inputs.map(({ key }) => key))].flatMap((key) => {
      const own = mixed.filter((each) => each.key === key)
      const [queries, mutations] = [true, false].map((isQuery) =>
        own.filter(({ call }) => QUERIES.includes(call) === isQuery),
      )
      const batched = [...chunks(queries ?? [], LARGEST_BATCH), ...chunks(mutations ?? [], LARGEST_BATCH)]
      return batched.map((batch) => ({ key, batch }))
    })
    for (const group of chunks(batches, 4)) {
      await Promise.all(group.map(({ key, batch }) => this.#send(key, batch)))
    }
  }

  /** One input with ten million characters in it, for each call. */
  async huge(salvos: readonly Salvo[]): Promise<void> {
    for (const { call, fields } of salvos) {
      const [valid] = fc.sample(arbitraryOf(CALLS[call], fields), { seed: this.#seed, numRuns: 1 })
      await this.#send(rightKey(call), [{ call, key: rightKey(call), input: withHugeText(valid, this.#random) }])
    }
  }

  [Symbol.dispose](): void {
    this.#http[Symbol.dispose]()
  }

  #inputs({ call, count, fields, wrongKeyShare = WRONG_KEY_SHARE, replayShare = REPLAY_SHARE }: Salvo): Sent[] {
    const random = this.#random
    const old = this.#accepted.get(call) ?? []
    const seed = this.#seed + this.#wave
    return fc.sample(arbitraryOf(CALLS[call], fields), { seed, numRuns: count }).map((fresh) => {
      const valid = old.length > 0 && random() < replayShare ? pick(old, random) : fresh
      if (random() < 0.5) return { call, key: rightKey(call), input: valid }
      if (random() < wrongKeyShare) return { call, key: pick(wrongKeys(call), random), input: valid }
      return { call, key: rightKey(call), input: mutated(valid, random) }
    })
  }

  async #send(key: string, batch: readonly Sent[]): Promise<void> {
    const path = `/tidegate/${batch.map(({ call }) => call).join(',')}?batch=1`
    const texts = batch.map(({ input }) => (input === undefined ? null : toJson(input)))
    const fields = texts.flatMap((text, at) => (text === null ? [] : [`"${at}":${text}`]))
    const { status, body } = await this.#http.post(path, key, `{${fields.join(',')}}`)
    const answers = asList(body)
    if (answers?.length !== batch.length) {
      this.tally.fault(`${status} ${body.slice(0, 400)} to ${path} ${texts.join(',').slice(0, 400)}`)
      return
    }
    for (const [at, { call, input }] of batch.entries()) {
      const asked = `${key} ${texts[at] ?? 'nothing'}`
      const accepted = this.tally.note(call, answers[at], asked)
      if (accepted === null) continue
      this.onAccepted(call, input, accepted.data)
      if ((texts[at]?.length ?? 0) < 10_000) this.#keep(call, input)
    }
  }

  #keep(call: Call, input: unknown): void {
    const kept = this.#accepted.get(call) ?? []
    this.#accepted.set(call, kept)
    if (kept.length < 100) kept.push(input)
    else kept[Math.floor(this.#random() * kept.length)] = input
  }
}

function rightKey(call: Call): string {
  return isForClients(call) ? 'ann' : 'olga'
}

/** Keys of nobody, of names that objects have by birth, of the other kind of caller, and of staff without a role. */
function wrongKeys(call: Call): readonly string[] {
  return ['mallory', '__proto__', 'constructor', ...(isForClients(call) ? ['olga'] : ['ann', 'idle'])]
}

function isForClients(call: Call): boolean {
  return CLIENT_CALLS.some((each) => each === call)
}

function asList(body: string): unknown[] | null {
  try {
    const answers: unknown = JSON.parse(body)
    return Array.isArray(answers) ? answers : null
  } catch {
    return null
  }
}

function chunks<Value>(values: readonly Value[], size: number): Value[][] {
  const count = Math.ceil(values.length / size)
  return Array.from({ length: count }, (_, at) => values.slice(at * size, (at + 1) * size))
}
