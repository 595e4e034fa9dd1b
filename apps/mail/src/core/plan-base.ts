import type { Progress } from '@tidegate/client'

/** What had been applied when the difference was last worked out; a plan's figures count from there. */
export interface PlanBase {
  readonly differs: Progress['differs']
  readonly done: Progress['done']
}

export const NO_PLAN: PlanBase = { differs: null, done: { itemCount: 0, bytes: 0 } }

/** @returns the base for this progress: a new one when the plan is new, else the same object */
export function planBase(base: PlanBase, { differs, done }: Pick<Progress, 'differs' | 'done'>): PlanBase {
  const isSame = base.differs?.itemCount === differs?.itemCount && base.differs?.bytes === differs?.bytes
  return isSame ? base : { differs, done }
}
