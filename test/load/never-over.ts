import { cpus } from 'node:os'
import type { FleetMemberProcess } from './fleet-member-process.ts'
import { CAPACITY_BYTES_PER_SECOND, type NodeFigures } from './fleet-plan.ts'
import { FleetScene } from './fleet-scene.ts'
import { heaviestWindow } from './heaviest-window.ts'
import { type NeverOverPhase, PHASES } from './never-over-phases.ts'

/** A second of the rate may be drawn at once. */
const BUCKET_BYTES = CAPACITY_BYTES_PER_SECOND
/** Over ten seconds a bucket weighs a tenth: what is given away twice shows here, and hides in one. */
const WINDOWS_MS = [1_000, 10_000]
/** After the store went away: leases that a node had end within their term, and what it drew by them is read. */
const SETTLED_AFTER_MS = 10_000

/** What a phase showed, all counted by the storage on its own clock. */
export interface NeverOverFigures {
  readonly phase: NeverOverPhase
  readonly lengthMs: number
  /** The most that was served in any second, and in any ten, of the rate over that time and a bucket: 1 at most (G4). */
  readonly heaviestSecond: number
  readonly heaviestTenSeconds: number
  /** What was served in all, of the rate. */
  readonly usedShare: number
  /** The same, from 10 s after the phase began: of a phase that is longer. */
  readonly settledShare: number
  /** The most asks of the store by one node within a second. */
  readonly mostAsksPerSecond: number
  readonly longestDecisionMs: number
  readonly decisionCount: number
  readonly slowDecisionCount: number
  /** What nodes, storage and this process took of all processors. */
  readonly cpuShare: number
}

/** Plays one phase on a fleet of its own. @param forMs how long it is, once the fleet draws what it may */
export async function neverOver(phase: NeverOverPhase, forMs: number): Promise<NeverOverFigures> {
  const { begin, play } = PHASES[phase]
  await using scene = await FleetScene.open()
  await begin(scene)
  const before = await figuresOf(scene)
  await play(scene, forMs)
  const after = await figuresOf(scene)
  const { nowMs: fromMs } = before.storage
  const lengthMs = after.storage.nowMs - fromMs
  const { served } = after.storage
  const bytesFrom = (sinceMs: number) =>
    served.filter(({ atMs }) => atMs >= sinceMs).reduce((sum, { units }) => sum + units, 0)
  const shareFrom = (sinceMs: number) =>
    (bytesFrom(sinceMs) * 1_000) / (after.storage.nowMs - sinceMs) / CAPACITY_BYTES_PER_SECOND
  const [heaviestSecond = Number.NaN, heaviestTenSeconds = Number.NaN] = WINDOWS_MS.map(
    (windowMs) =>
      heaviestWindow(served, windowMs).units / ((CAPACITY_BYTES_PER_SECOND * windowMs) / 1_000 + BUCKET_BYTES),
  )
  const nodes = [...after.nodes.values()]
  return {
    phase,
    lengthMs,
    heaviestSecond,
    heaviestTenSeconds,
    usedShare: shareFrom(fromMs),
    settledShare: shareFrom(fromMs + SETTLED_AFTER_MS),
    mostAsksPerSecond: Math.max(...nodes.map(mostAsksPerSecond)),
    longestDecisionMs: Math.max(...nodes.map(({ longestDecisionMs }) => longestDecisionMs)),
    decisionCount: nodes.reduce((sum, { decisionCount }) => sum + decisionCount, 0),
    slowDecisionCount: nodes.reduce((sum, { slowDecisionCount }) => sum + slowDecisionCount, 0),
    cpuShare: spentMs(before, after) / lengthMs / cpus().length,
  }
}

async function figuresOf(scene: FleetScene) {
  const storage = await scene.storage.figures()
  const nodes = new Map<FleetMemberProcess, NodeFigures>()
  for (const member of scene.members.values()) if (member.isRunning) nodes.set(member, await member.figures())
  const { user, system } = process.cpuUsage()
  return { storage, nodes, ownCpuMs: (user + system) / 1_000 }
}

type Figures = Awaited<ReturnType<typeof figuresOf>>

/** By storage, nodes and this process in between. What a node spent that was killed is not known. */
function spentMs(before: Figures, after: Figures): number {
  const besides = after.storage.cpuMs - before.storage.cpuMs + after.ownCpuMs - before.ownCpuMs
  return [...after.nodes].reduce(
    (sum, [member, { cpuMs }]) => sum + cpuMs - (before.nodes.get(member)?.cpuMs ?? 0),
    besides,
  )
}

/** A second has its beginning and not its end: asks a second apart are one in each. */
function mostAsksPerSecond({ askedAtMs }: NodeFigures): number {
  return heaviestWindow(
    askedAtMs.map((atMs) => ({ atMs, units: 1 })),
    999,
  ).units
}
