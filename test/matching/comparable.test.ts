import { comparable } from '../../src/matching/message-judge.ts'
import type { SocketMessage } from '../../src/websocket/message-reader.ts'
import { expect, test } from '../helpers/test.ts'

const text = (payload: string): SocketMessage => Object({ kind: 'text', payload: Buffer.from(payload) })

/** What was asked and recorded, and what of them is compared. */
// oxfmt-ignore
const PAIRS: readonly (readonly [asked: string, recorded: string, compared: readonly [string, string]])[] = [
  ['hello', 'hello', ['hello', 'hello']],
  ['{"a":1}', '{"a":2}', ['{"a":1}', '{"a":2}']],
  ['42["a",1]', '42["a",2]', ['["a",1]', '["a",2]']],
  ['42/chat,7["a"]', '42/chat,7["b"]', ['["a"]', '["b"]']],
  // Another mark is another message.
  ['42["a"]', '43["a"]', ['42["a"]', '43["a"]']],
  ['421["a"]', '42["a"]', ['421["a"]', '42["a"]']],
  ['42["a"]', '421["a"]', ['42["a"]', '421["a"]']],
  ['42["a"]', '["a"]', ['42["a"]', '["a"]']],
  ['["a"]', '42["a"]', ['["a"]', '42["a"]']],
  ['42/chat,["a"]', '42/talk,["a"]', ['42/chat,["a"]', '42/talk,["a"]']],
]

for (const [asked, recorded, compared] of PAIRS)
  test(`of ${asked} and ${recorded}`, () => {
    expect(comparable(text(asked), text(recorded)).map((bytes) => Buffer.from(bytes).toString())).toEqual(compared)
  })
