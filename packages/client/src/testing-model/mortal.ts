import type { ClientApi } from '@tidegate/protocol'
import type { Cache } from '../cache.ts'

/** A process that can be killed: from then on none of its calls goes out, comes back or is written. */
export class Mortal {
  #isDead = false

  die(): void {
    this.#isDead = true
  }

  api(api: ClientApi): ClientApi {
    return this.#mortal(api)
  }

  cache(cache: Cache): Cache {
    return this.#mortal(cache)
  }

  #mortal<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name)
        if (typeof member !== 'function') return member
        return (...args: readonly unknown[]) => {
          if (this.#isDead) return new Promise(() => {})
          const result: unknown = Reflect.apply(member, object, args)
          if (!(result instanceof Promise)) return result
          return result.then((value) => (this.#isDead ? new Promise(() => {}) : value))
        }
      },
    })
  }
}
