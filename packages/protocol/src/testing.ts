export { PretendClock } from './testing/pretend-clock.ts'
export { pretendRandom } from './testing/pretend-random.ts'
