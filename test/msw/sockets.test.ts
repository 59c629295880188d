import { writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { expect, test } from '../helpers/test.ts'
import type { WebSocketHandler } from 'msw'
import { setupServer } from 'msw/node'
import { WebSocket } from 'undici'
import { toMswModule } from '../../src/generate/msw.ts'
import { socketHandlersFrom, talksOf } from '../../src/msw/index.ts'
import { compressed, frame, MASK, socketCassette } from '../helpers/sockets.ts'

// One server of msw patches the process, so one test at a time.
test.describe.configure({ mode: 'serial' })

/** What the socket sees after it has said these messages, each after the next one. */
async function talk(...messages: readonly string[]): Promise<readonly string[]> {
  const [hello = Buffer.alloc(0)] = await compressed('{"hello":1}')
  const cassette = socketCassette(
    [
      ['received', frame('text', hello, { rsv: 4 })],
      ['sent', frame('text', '{"a":1,"b":2}', { mask: MASK })],
      ['received', frame('text', 'ok')],
      ['sent', frame('text', '{"token":"{{token.1}}"}', { mask: MASK })],
      ['received', frame('close', Buffer.concat([Uint8Array.of(0x0f, 0xa1), Buffer.from('bye')]))],
    ],
    'permessage-deflate',
  )
  const left = [...messages]
  return sayTo(socketHandlersFrom(cassette), (socket, seen) => {
    socket.addEventListener('message', ({ data }: { data: unknown }) => {
      seen.push(String(data))
      const next = left.shift()
      if (next !== undefined) socket.send(next)
    })
  })
}

/** What a socket sees that `use` drives, up to its close. */
async function sayTo(
  handlers: readonly WebSocketHandler[],
  use: (socket: InstanceType<typeof globalThis.WebSocket>, seen: string[]) => void,
): Promise<readonly string[]> {
  // Node has one from 22 on, and msw patches what it finds.
  const before = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket')
  Object.defineProperty(globalThis, 'WebSocket', { value: WebSocket, configurable: true, writable: true })
  const server = setupServer(...handlers)
  server.listen({ onUnhandledRequest: 'error' })
  try {
    const socket = new globalThis.WebSocket('ws://api.test/chat')
    const seen: string[] = []
    use(socket, seen)
    await new Promise<void>((resolve) => {
      socket.addEventListener('close', ({ code, reason }: { code: number; reason: string }) => {
        seen.push(`close ${code} ${reason}`)
        resolve()
      })
    })
    return seen
  } finally {
    server.close()
    if (before === undefined) Reflect.deleteProperty(globalThis, 'WebSocket')
    else Object.defineProperty(globalThis, 'WebSocket', before)
  }
}

test('handlers of msw play a WebSocket: JSON by value, any value for a placeholder', async () => {
  expect(await talk('{"b":2,"a":1}', '{"token":"mine-9x"}')).toEqual(['{"hello":1}', 'ok', 'close 4001 bye'])
})

test('a changed message closes the socket with the reason', async () => {
  expect(await talk('{"b":3,"a":1}')).toEqual(['{"hello":1}', 'close 4400 wiretape: message 1 is not the recorded one'])
})

test('what is not a WebSocket is not in its data', () => {
  expect(talksOf({ ...socketCassette([]), tape: [] })).toEqual([])
})

test('the module of `wiretape generate msw` has handlers for WebSockets, and says what they leave out', async ({}, info) => {
  const cassette = socketCassette([
    ['sent', frame('text', 'hi', { mask: MASK })],
    ['received', frame('text', 'hello')],
  ])
  const text = toMswModule(cassette, 'chat.yaml')
  expect(text).toContain('// - #1 socket: a WebSocket is played by other handlers')
  const file = info.outputPath('handlers.ts')
  await writeFile(file, text.replace('wiretape/msw/browser', new URL('../../src/msw/browser.ts', import.meta.url).href))
  const { handlers }: { handlers: WebSocketHandler[] } = await import(pathToFileURL(file).href)
  expect(
    await sayTo(handlers, (socket, seen) => {
      socket.addEventListener('open', () => socket.send('hi'))
      socket.addEventListener('message', ({ data }: { data: unknown }) => {
        seen.push(String(data))
        socket.close(1000)
      })
    }),
  ).toEqual(['hello', 'close 1000 '])
})
