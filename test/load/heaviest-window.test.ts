import { expect, test } from 'vitest'
import { heaviestWindow } from './heaviest-window.ts'

const at = (atMs: number, units: number) => ({ atMs, units })

test('the heaviest second lies across the full ones, and has both its ends', () => {
  const served = [at(400, 1), at(900, 5), at(1_400, 5), at(1_900, 5), at(1_901, 7)]
  expect(heaviestWindow(served, 1_000)).toEqual({ units: 17, fromMs: 1_400 })
  expect(heaviestWindow(served.slice(0, 4), 1_000)).toEqual({ units: 15, fromMs: 900 })
})

test('what comes out of order counts where it was served', () => {
  expect(heaviestWindow([at(5_000, 2), at(0, 3), at(4_500, 2)], 1_000)).toEqual({ units: 4, fromMs: 4_500 })
  expect(heaviestWindow([], 1_000)).toEqual({ units: 0, fromMs: 0 })
})
