import { setTimeout as sleep } from 'node:timers/promises'
import { openPostgres } from '@tidegate/guard/postgres'
import { startPostgres } from '@tidegate/guard/testing'
import { SLOT_COUNT } from './fleet-plan.ts'
import type { FleetScene } from './fleet-scene.ts'
import { freezePostgres } from './freeze-postgres.ts'

interface Phase {
  /** What is so before anything is measured. */
  readonly begin: (scene: FleetScene) => Promise<void>
  /** What happens while it is, for about so long. */
  readonly play: (scene: FleetScene, forMs: number) => Promise<void>
}

const ALL = Array.from({ length: SLOT_COUNT }, (_, at) => at + 1)
/** Of a share that a node was given; see SHARE_TERM_MS. */
const TEN_TERMS_MS = 100_000
/** Some asks of each node. */
const LOST_TAIL_MS = 5_000
const CLOCK_STEPS_MS = [3_600_000, 3_600_000, -7_200_000, -5_000, 5_000, -3_600_000]

/** What may befall the capacity store of a fleet, and the fleet. Each is played with clients that never have enough. */
export const PHASES = {
  healthy: { begin: startAll, play: (_, forMs) => sleep(forMs) },

  /** Nobody listens where the store was. */
  refused: {
    begin: startAll,
    async play(scene, forMs) {
      scene.setLines({ kind: 'refused' })
      await sleep(forMs)
    },
  },

  /** Its processes stand still: connections stay, and nothing answers. */
  frozen: {
    begin: startAll,
    async play(scene, forMs) {
      const thaw = freezePostgres(scene.capacityServer)
      await sleep(forMs / 2).finally(thaw)
      await sleep(forMs / 2)
    },
  },

  /** Each answer takes 200 ms. */
  slow: {
    begin: startAll,
    async play(scene, forMs) {
      scene.setLines({ kind: 'slow', byMs: 100 })
      await sleep(forMs)
    },
  },

  /** It is empty from one moment to the next, while all nodes hold what it gave them. */
  wiped: {
    begin: startAll,
    async play(scene, forMs) {
      await scene.onCapacityServer((database) => database.script('DROP SCHEMA tidegate_capacity CASCADE'))
      await scene.makeCapacityStore('wait')
      await sleep(forMs)
    },
  },

  /** The server is lost, and a standby that had not heard the last seconds takes its place. */
  promoted: {
    begin: startAll,
    async play(scene, forMs) {
      const primary = scene.capacityServer
      const standby = scene.use(await startPostgres({ max_connections: '100' }, { kind: 'standby', of: primary }))
      const onStandby = openPostgres({ connectionString: standby.connectionString, config: { max: 1 } })
      try {
        await onStandby.script("ALTER SYSTEM SET primary_conninfo = ''")
        await onStandby.script('SELECT pg_reload_conf()')
        await sleep(LOST_TAIL_MS)
        await primary.halt('crash')
        await onStandby.script('SELECT pg_promote()')
      } finally {
        await onStandby.close()
      }
      scene.capacityServer = standby
      await sleep(forMs)
    },
  },

  /** Half of them cannot reach the store for ten terms of a lease, and one that can joins. */
  'cut-off': {
    async begin(scene) {
      await scene.start(...ALL.slice(0, -1))
      await scene.warmUp()
    },
    async play(scene, forMs) {
      scene.setLines({ kind: 'cut' }, ALL.slice(0, SLOT_COUNT / 2))
      await scene.start(SLOT_COUNT)
      await sleep(Math.max(forMs, TEN_TERMS_MS))
      scene.setLines({ kind: 'whole' })
      await sleep(TEN_TERMS_MS / 10)
    },
  },

  /** Two die and are started again, one ends in good order and is started again, and one more comes. */
  killed: {
    async begin(scene) {
      await scene.start(...ALL.slice(0, -1))
      await scene.warmUp()
    },
    async play(scene, forMs) {
      await Promise.all([scene.member(1).kill(), scene.member(2).kill()])
      await sleep(forMs / 4)
      await scene.start(1, 2, SLOT_COUNT)
      await sleep(forMs / 4)
      await scene.member(3).end()
      await scene.start(3)
      await sleep(forMs / 2)
    },
  },

  /** Nodes begin while it is down, and it comes. */
  'started-without': {
    async begin(scene) {
      scene.setLines({ kind: 'refused' })
      await scene.start(...ALL)
    },
    async play(scene, forMs) {
      await sleep(forMs / 3)
      scene.setLines({ kind: 'whole' })
      await sleep((forMs * 2) / 3)
    },
  },

  /** Machines' times of day are set forward and back, by seconds and by hours. */
  'clock-stepped': {
    begin: startAll,
    async play(scene, forMs) {
      for (const [at, byMs] of CLOCK_STEPS_MS.entries()) {
        for (const slot of ALL) if (slot % 2 === at % 2) scene.member(slot).stepClock(byMs)
        await sleep(forMs / CLOCK_STEPS_MS.length)
      }
    },
  },
} as const satisfies Record<string, Phase>

export type NeverOverPhase = keyof typeof PHASES

async function startAll(scene: FleetScene): Promise<void> {
  await scene.start(...ALL)
  await scene.warmUp()
}
