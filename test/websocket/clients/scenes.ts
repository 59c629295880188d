import type { OpenSocket } from './client.ts'

/** A scene gives all that its client saw, in order. */
export type Scene = (open: OpenSocket, at: string) => Promise<readonly string[]>

/** Opens a socket, says these messages one after the other, each after so many events, and closes. */
const talk =
  (
    path: string,
    events: number,
    messages: readonly (string | Uint8Array)[],
    closing?: readonly [number, string],
  ): Scene =>
  async (open, at) => {
    const socket = open(`${at}${path}`)
    const seen = [await socket.next()]
    for (const message of messages) {
      socket.send(message)
      for (let n = 0; n < events; n += 1) seen.push(await socket.next())
    }
    if (closing !== undefined) {
      socket.close(...closing)
      seen.push(await socket.next())
    }
    return seen
  }

const HELLO = JSON.stringify({ type: 'hello', name: 'Ada', words: 'the same words come again and again' })

export const SCENES: Readonly<Record<string, Scene>> = {
  echo: talk('/plain/echo', 1, [HELLO, 'ünïcode ✓', Uint8Array.of(1, 2, 3), ''], [1000, 'bye']),
  'server push': async (open, at) => {
    const socket = open(`${at}/plain/push`)
    const seen: string[] = []
    for (let n = 0; n < 4; n += 1) seen.push(await socket.next())
    socket.send(HELLO)
    seen.push(await socket.next(), await socket.next())
    socket.close(1000)
    seen.push(await socket.next())
    return seen
  },
  fragments: talk('/plain/fragments', 1, ['go', 'again'], [1000, '']),
  'deflate with takeover': talk('/deflate/echo', 1, [HELLO, HELLO, HELLO], [1000, '']),
  'deflate without takeover': talk('/fresh/echo', 1, [HELLO, HELLO, HELLO], [1000, '']),
  'a long compressed message': talk('/deflate/long', 1, ['a', 'b'], [1000, '']),
  'a long message': talk('/plain/long', 1, ['a'.repeat(70_000), 'b'], [1000, '']),
  'closed with 1000': talk('/plain/close1000', 2, ['now']),
  'closed with 1001': talk('/plain/close1001', 2, ['now']),
  'closed with 4001': talk('/deflate/close4001', 2, ['now']),
  'closed with 4001 by the client': talk('/plain/echo', 1, ['a'], [4001, 'enough']),
  'two sockets interleaved': async (open, at) => {
    const [one, other] = [open(`${at}/plain/echo?one`), open(`${at}/deflate/echo?other`)]
    const seen = [await one.next(), await other.next()]
    for (const n of [1, 2, 3]) {
      one.send(`one ${n}`)
      other.send(`other ${n}`)
      seen.push(await other.next(), await one.next())
    }
    other.close(1000)
    seen.push(await other.next())
    one.close(1000)
    seen.push(await one.next())
    return seen
  },
}

/** A connection that goes without a word: 1006. Some clients report an error before it. */
export const GONE: Scene = async (open, at) => {
  const socket = open(`${at}/plain/close1006`)
  const seen = [await socket.next()]
  socket.send('now')
  for (let event = ''; !event.startsWith('close');) {
    event = await socket.next()
    seen.push(event)
  }
  return seen
}
