import type { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { MessageReader } from '../build/websocket/message-reader.js'
import { writeFrame } from '../build/websocket/frame.js'
import { type Contender, type Group, OURS } from './harness.ts'

/** What reads the frames of `ws`; its types leave it out. */
const { Receiver }: { readonly Receiver: new (options: object) => EventEmitter & { write(bytes: Buffer): void } } =
  createRequire(import.meta.url)('ws')

const WS = 'Receiver of ws'
const FRAMES = 500
const PAYLOAD = Buffer.from(JSON.stringify({ type: 'tick', n: 12_345, text: 'x'.repeat(90) }))
const MASK = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d)

/** Bytes to messages: frames of a client, unmasked. */
export const SOCKETS: Group = {
  name: 'sockets',
  title: 'WebSocket frames read, every message taken',
  baseline: WS,
  *rows() {
    yield {
      name: `${FRAMES} masked text frames of ${PAYLOAD.length} bytes, in one segment`,
      operation: `${FRAMES} frames`,
      goals: { [WS]: 1 },
      open: () => [contender(OURS, ours), contender(WS, theirs)],
    }
  },
}

const frame = writeFrame({ kind: 'text', fin: true, rsv: 0, mask: MASK, form: 7 }, PAYLOAD)
const segment = Buffer.concat(Array.from({ length: FRAMES }, () => frame))

function contender(name: string, read: () => number | Promise<number>): Contender {
  return {
    name,
    async run(operations) {
      for (let i = 0; i < operations; i += 1)
        if ((await read()) !== FRAMES * PAYLOAD.length) throw new Error(`${name} read something else`)
    },
  }
}

function ours(): number {
  const reader = new MessageReader({ allowsRsv: false, compression: undefined })
  let length = 0
  for (const { payload } of reader.push(segment)) length += payload.length
  return length
}

function theirs(): Promise<number> {
  return new Promise((resolve) => {
    let [length, count] = [0, 0]
    const receiver = new Receiver({ isServer: true, skipUTF8Validation: true, allowSynchronousEvents: true })
    receiver.on('message', (data: Buffer) => {
      length += data.length
      count += 1
      if (count === FRAMES) resolve(length)
    })
    // A copy: it takes the masks off in place.
    receiver.write(Buffer.from(segment))
  })
}
