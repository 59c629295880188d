import { expect, test } from '../helpers/test.ts'
import { goesOnWith, type RecordedScript, ScriptShelf } from '../../src/matching/script-shelf.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { originOf } from '../helpers/dialogue.ts'
import { oneConnection } from '../helpers/tape.ts'

test('a fault that is put in once spoils the first play of a conversation in bytes, and no repeat', async () => {
  const cassette = oneConnection('tcp://db.test:5432', (it) =>
    it.sent('hello').received('welcome').ended('server').closed('client'),
  )
  const replayer = new Replayer(cassette, {
    allowPlaybackRepeats: true,
    faults: [{ type: 'cut', at: 3, times: 1 }],
  })
  const heard: string[] = []
  for (let time = 0; time < 3; time += 1) {
    const transport = await replayer.connector(originOf('tcp://db.test:5432'), {})
    await transport.write(Buffer.from('hello'))
    const pieces: Buffer[] = []
    for (let bytes = await transport.read(); bytes !== null; bytes = await transport.read())
      pieces.push(Buffer.from(bytes))
    heard.push(Buffer.concat(pieces).toString())
    transport.destroy()
  }
  expect(heard).toEqual(['wel', 'welcome', 'welcome'])
})

/** A script of a connection of its own. */
const script = (connection: number, text: string): RecordedScript => ({
  script: { bytes: Buffer.from(text), steps: [], leaving: undefined },
  connection,
  behind: undefined,
  interactions: [],
  blanks: [],
})

/** Someone who plays what he is given, and would play anything. */
class Holder {
  readonly played: RecordedScript[] = []
  readonly #wants: (recorded: RecordedScript) => boolean

  constructor(wants: (recorded: RecordedScript) => boolean = () => true) {
    this.#wants = wants
  }

  canPlay(recorded: RecordedScript): boolean {
    return this.#wants(recorded)
  }

  play(recorded: RecordedScript): void {
    this.played.push(recorded)
  }
}

const numbers = (some: readonly (RecordedScript | undefined)[]) => some.map((each) => each?.connection)

test.describe('the scripts of an origin', () => {
  const all = [script(1, 'hello one'), script(2, 'hello two'), script(3, 'other')] as const
  const [one, two, three] = all

  test('are handed out once each, in their order, and again where that is allowed', () => {
    for (const isAgain of [false, true]) {
      const shelf = new ScriptShelf(all, isAgain)
      const begun = Buffer.from('hello')
      const taken = [1, 2, 3].map(() => {
        const found = shelf.find(begun)
        return found && [found.connection, shelf.take(found, new Holder())]
      })
      expect(taken).toEqual([[1, 0], [2, 0], isAgain ? [2, 1] : undefined])
      expect(numbers([shelf.of(1), shelf.of(3), shelf.of(4), shelf.find(Buffer.from('x'))])).toEqual([
        undefined,
        3,
        undefined,
        undefined,
      ])
    }
  })

  test('are unfinished until all of their bytes were written', () => {
    const shelf = new ScriptShelf(all, false)
    shelf.take(one, new Holder())
    expect(numbers(shelf.unfinished)).toEqual([1, 2, 3])
    shelf.finish(two)
    expect(numbers(shelf.unfinished)).toEqual([1, 3])
  })

  test('that nobody has are exchanged for one that goes back to its place, as if it had not been taken', () => {
    const shelf = new ScriptShelf(all, false)
    const holder = new Holder()
    shelf.take(one, holder)
    expect(shelf.exchange(one, holder, (other) => other === three)).toBe(three)
    expect(holder.played).toEqual([three])
    expect(numbers([shelf.of(1), shelf.of(2), shelf.of(3)])).toEqual([1, 2, undefined])
    expect(shelf.find(Buffer.from('hello'))).toBe(one)
    expect([shelf.take(one, new Holder()), shelf.take(three, holder)]).toEqual([0, 1])
  })

  test('change hands between two who may as well have the other one', () => {
    const shelf = new ScriptShelf(all, false)
    const [first, second] = [new Holder(), new Holder()]
    shelf.take(one, first)
    shelf.take(two, second)
    expect(shelf.exchange(one, first, (other) => other === two)).toBe(two)
    expect([first.played, second.played]).toEqual([[two], [one]])
    expect(shelf.exchange(two, first, (other) => other === one)).toBe(one)
    expect([first.played, second.played]).toEqual([
      [two, one],
      [one, two],
    ])
    expect([shelf.take(one, first), shelf.take(two, second)]).toEqual([1, 1])
  })

  test('stay where they are where nobody can have the other one, or none is wanted', () => {
    const shelf = new ScriptShelf(all, false)
    const [first, second] = [new Holder(), new Holder(() => false)]
    shelf.take(one, first)
    shelf.take(two, second)
    expect(shelf.exchange(one, first, (other) => other === two)).toBeUndefined()
    expect(shelf.exchange(one, first, (other) => other === one)).toBeUndefined()
    expect([first.played, second.played]).toEqual([[], []])
  })
})

test('bytes go on with a script as far as they are there, and whatever stands in its blanks', () => {
  const recorded: RecordedScript = {
    ...script(1, 'user **** pass **** end'),
    blanks: [
      { start: 5, end: 9 },
      { start: 15, end: 19 },
    ],
  }
  const goesOn = (offset: number, text: string): boolean => goesOnWith(recorded, offset, Buffer.from(text))
  for (const [offset, text] of [
    [0, ''],
    [0, 'user'],
    [0, 'user abcd pass efgh end'],
    [0, 'user ab'],
    [7, 'cd pass efgh end'],
    [9, ' pass'],
    [10, 'pass efgh'],
    [16, 'xyz end'],
    [19, ' end'],
    [23, ''],
  ] as const)
    expect([offset, text, goesOn(offset, text)]).toEqual([offset, text, true])
  for (const [offset, text] of [
    [0, 'use!'],
    [0, 'user abcd!'],
    [0, 'user abcd pass efgh end!'],
    [7, 'cd!'],
    [9, 'pass'],
    [10, 'pass efgh!'],
    [19, ' end!'],
    [24, ''],
    [0, 'user abcde'],
  ] as const)
    expect([offset, text, goesOn(offset, text)]).toEqual([offset, text, false])
})
