import { AccountId, ClientIdentity, Denied, StateTag } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { HintBoard, type HintListener } from './hint-board.ts'

const aTag = (letter: string) => StateTag.parse(letter.repeat(16))
const aClient = (account: string, device = 'phone'): HintListener => ({
  accountId: AccountId.parse(account),
  client: ClientIdentity.parse({ clientId: `${account}-${device}`, clientClass: 'mobile', appVersion: '1.0' }),
})

/** A board over tags that a test writes, by account. */
function aBoard(maxListeners = 100) {
  const tags = new Map<string, StateTag | null | undefined>()
  const board = new HintBoard({
    tagOf: ({ accountId }) => (tags.has(accountId) ? tags.get(accountId) : null),
    maxListeners,
  })
  const open = (who: HintListener) => {
    const heard = { count: 0, isEnded: false, stop: new AbortController() }
    void board.listen(who, () => (heard.count += 1), heard.stop.signal).then(() => (heard.isEnded = true))
    return heard
  }
  return { board, tags, open }
}

test('a client is told when something else is in force for it, once each time, and nobody else is', () => {
  const { board, tags, open } = aBoard()
  const [ann, bob] = [open(aClient('ann')), open(aClient('bob'))]
  const look = (tag: StateTag | null | undefined) => {
    tags.set('ann', tag)
    board.look()
    return ann.count
  }
  expect([look(null), look(aTag('a')), look(aTag('a')), look(aTag('b')), look(null), look(null)]).toEqual([
    0, 1, 1, 2, 3, 3,
  ])
  expect(bob.count).toBe(0)
})

test('who connects while something is in force is told so; while the node knows nothing, nobody is', () => {
  const { board, tags, open } = aBoard()
  tags.set('ann', aTag('a'))
  const ann = open(aClient('ann'))
  board.look()
  expect(ann.count).toBe(1)
  tags.set('ann', undefined)
  board.look()
  tags.set('ann', aTag('a'))
  board.look()
  expect(ann.count).toBe(1)
})

test('no more than so many listen, of one account no more than 16; whoever leaves makes room', async () => {
  const { board, open } = aBoard(18)
  const devices = Array.from({ length: 16 }, (_, at) => open(aClient('ann', `device-${at}`)))
  const refused = (who: HintListener) => () => board.listen(who, () => undefined, new AbortController().signal)
  expect(refused(aClient('ann', 'one-more'))).toThrow(Denied)
  open(aClient('bob'))
  open(aClient('eve'))
  expect(refused(aClient('dan'))).toThrow(Denied)
  devices[0]?.stop.abort()
  await expect.poll(() => devices[0]?.isEnded).toBe(true)
  expect(refused(aClient('ann', 'one-more'))).not.toThrow()
})

test('closed, it ends all that listen and takes nobody in', async () => {
  const { board, tags, open } = aBoard()
  const ann = open(aClient('ann'))
  board.close()
  await expect.poll(() => ann.isEnded).toBe(true)
  tags.set('ann', aTag('a'))
  board.look()
  expect(ann.count).toBe(0)
  expect(() => board.listen(aClient('bob'), () => undefined, new AbortController().signal)).toThrow(Denied)
})
