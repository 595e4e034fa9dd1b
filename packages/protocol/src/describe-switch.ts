import type { SwitchEffect } from './messages/operator/switches.ts'

/** @returns what a switch does, as a sentence for people without its full stop: the same in console, command and timeline */
export function describeSwitch(effect: SwitchEffect): string {
  switch (effect.kind) {
    case 'throttle':
      return `${whoOf(effect)} draw ${atMostOf(effect)}`
    case 'pause':
      return `${effect.causeId} is paused: nobody begins, whoever is under way stops at the next page`
    case 'shed':
      return `${effect.service} is off: “${effect.text}”`
    case 'ramp':
      return `${effect.resourceId} is opened step by step`
  }
}

type Throttle = Extract<SwitchEffect, { kind: 'throttle' }>

function whoOf({ clientClass }: Throttle): string {
  return clientClass === undefined ? 'all resyncs' : `resyncs of class ${clientClass}`
}

function atMostOf({ toRatio, resourceId }: Throttle): string {
  const where = resourceId ?? 'each resource'
  if (toRatio === 0) return `nothing from ${where}`
  return `at most ${(toRatio * 100).toLocaleString('en', { maximumFractionDigits: 2 })} % of ${where} together`
}
