import type { Mutant } from './mutant.ts'

const client = 'packages/client'
const unit = { folder: client, project: 'unit' } as const

/** Planted breaches of the client's invariants. */
export const CLIENT_MUTANTS: readonly Mutant[] = [
  {
    invariant: 'C1',
    what: 'items that a list does not name are deleted before the server, asked for them by id, said they are missing',
    file: `${client}/src/runner/page-fetch.ts`,
    find: '    if (this.#suspects.itemCount > 0) return this.#draw(this.#suspects, page)\n',
    replace:
      '    if (this.#suspects.itemCount > 0)\n      await this.#cache.applyPage({ collection: this.collection, upserts: [], unchanged: [], deletes: this.#suspects.take(page).map(({ id }) => id) })\n',
    caughtBy: {
      ...unit,
      file: 'src/runner/tidegate.test.ts',
      test: 'what was deleted on the server goes only after the server, asked for it by id, said it is missing (C1)',
    },
  },
  {
    invariant: 'C2',
    what: 'a step runs on an answer whose validity is over',
    file: `${client}/src/core/machine/job.ts`,
    find: '  return job.signals.length === 0 || nowMs < job.confirmedUntilMs\n',
    replace: '  return job.signals.length === 0 || nowMs < job.confirmedUntilMs + 60_000\n',
    caughtBy: {
      ...unit,
      file: 'src/core/machine/invariants.test.ts',
      test: 'no step runs without an answer that confirms it and is still valid (C2)',
    },
  },
  {
    invariant: 'C3',
    what: 'a resync throws away writes that the server has not confirmed',
    file: `${client}/src/runner/page-fetch.ts`,
    find: '    this.#isMoved = true\n',
    replace:
      '    for (const { writeId } of await this.#cache.pendingWrites()) await this.#cache.dropPending(writeId)\n    this.#isMoved = true\n',
    caughtBy: {
      ...unit,
      file: 'src/runner/held-to-its-word.test.ts',
      test: 'pending local writes survive a resync that rewrites everything around them (C3)',
    },
  },
  {
    invariant: 'C4',
    what: 'the next page is asked for before the last one is paid for',
    file: `${client}/src/core/machine/go-on.ts`,
    find: '  if (at.nowMs < job.nextPageAtMs && !job.holdsPage) {\n',
    replace: '  if (at.nowMs < job.nextPageAtMs - 60_000 && !job.holdsPage) {\n',
    caughtBy: {
      ...unit,
      file: 'src/core/machine/invariants.test.ts',
      test: 'no page is asked for without a lease, before the last one is paid for, or larger than leased (C4)',
    },
  },
  {
    invariant: 'C5',
    what: 'a signal that was brought to an end is done again by the next life of the app',
    file: `${client}/src/core/machine/answers.ts`,
    find: '  const ended = [...completed, ...setAside]\n',
    replace: '  const ended = completed.length > 0 ? [] : setAside\n',
    caughtBy: {
      ...unit,
      file: 'src/runner/tidegate.test.ts',
      test: 'a completed signal is not done again by the next life of the app (C5)',
    },
  },
  {
    invariant: 'C5',
    what: 'a crash loop goes on beyond its limit',
    file: `${client}/src/core/machine/answers.ts`,
    find: '  if (job.attemptCount < ATTEMPT_LIMIT)',
    replace: '  if (job.attemptCount < ATTEMPT_LIMIT * 1000)',
    caughtBy: {
      ...unit,
      file: 'src/runner/interrupted.test.ts',
      test: 'a crash loop stops after five attempts without progress',
    },
  },
  {
    invariant: 'C6',
    what: 'an answer counts whatever its signature',
    file: `${client}/src/core/open-answer.ts`,
    find: '  if (!isSigned(key, signedBytes(signed.payload, asked.address), signed.signature)) {\n',
    replace:
      '  if (!isSigned(key, signedBytes(signed.payload, asked.address), signed.signature) && signed.payload === "") {\n',
    caughtBy: {
      ...unit,
      file: 'src/runner/held-to-its-word.test.ts',
      test: 'an answer replayed to another question, client or account is no answer (C6)',
    },
  },
  {
    invariant: 'C7',
    what: 'a client asks for its lease before the turn that its position gave it',
    file: `${client}/src/core/machine/go-on.ts`,
    find: 'Math.max(wait.untilMs, job.notBeforeAtMs)',
    replace: 'Math.min(wait.untilMs, job.notBeforeAtMs, at.nowMs)',
    caughtBy: {
      ...unit,
      file: 'src/core/machine/invariants.test.ts',
      test: 'no lease is asked for before the turn that the guard gave (C7)',
    },
  },
  {
    invariant: 'C7',
    what: 'a position is drawn anew by chance',
    file: 'packages/protocol/src/core/position.ts',
    find: '  return murmur3(clientId, seed) / TWO_TO_32\n',
    replace: '  return (murmur3(clientId, seed) / TWO_TO_32 + Math.random()) % 1\n',
    caughtBy: {
      folder: 'packages/protocol',
      project: 'unit',
      file: 'src/core/position.test.ts',
      test: 'C7: a position is in [0, 1) and depends on signal and client only',
    },
  },
  {
    invariant: 'C8',
    what: 'a resync is called done although the digests differ',
    file: `${client}/src/runner/changes-replay.ts`,
    find: "    ? 'equal'\n    : 'different'\n",
    replace: "    ? 'equal'\n    : 'equal'\n",
    caughtBy: {
      ...unit,
      file: 'src/runner/held-to-its-word.test.ts',
      test: 'a mailbox that never proves equal ends stuck after three rounds, with the ids (C8)',
    },
  },
  {
    invariant: 'C8',
    what: 'whatever was served otherwise than it was told is taken for newer',
    file: `${client}/src/runner/changes-replay.ts`,
    find: 'served ? served.revision > told.revision : gone.includes(told.id)',
    replace: 'served ? true : gone.includes(told.id)',
    caughtBy: {
      ...unit,
      file: 'src/runner/busy-mailbox.test.ts',
      test: 'an item that is served otherwise than it was told, and is no newer, is never taken for overtaken (C8)',
    },
  },
  {
    invariant: 'C9',
    what: 'a tab works without holding the lock',
    file: `${client}/src/core/machine/rest.ts`,
    find: '  if (!world.isOnline || !world.hasLock)',
    replace: '  if (!world.isOnline)',
    caughtBy: {
      ...unit,
      file: 'src/core/machine/invariants.test.ts',
      test: 'a tab without the lock asks nothing and does nothing (C9)',
    },
  },
]
