/** A program whose requests belong to tests: prints what each of its listeners knows of them. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { GREETED, receiveRequests } from '../../src/intercept/incoming.ts'

const FIELD = 'x-test'
const storage = new AsyncLocalStorage<string>()
const here = (): string => storage.getStore() ?? 'nobody'
let letGo = (): void => {}
const held = new Promise<void>((resolve) => (letGo = resolve))

receiveRequests({
  field: FIELD,
  receive: (value) => {
    if (value === 'hello') return 'greeting'
    if (value === 'unknown') return undefined
    return { within: (run) => storage.run(value, run), ready: value === 'late' ? held : undefined }
  },
})
// Only the first one counts.
receiveRequests({ field: FIELD, receive: () => 'greeting' })

const seen: Record<string, unknown> = {}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { url = '', headers, rawHeaders } = request
  const said: string[] = []
  seen[url] = said
  const say = (what: string): void => void said.push(`${what}: ${here()}`)
  say('request')
  said.push(
    `fields: ${[...Object.keys(headers), ...rawHeaders.filter((_, at) => at % 2 === 0)].filter((name) => /^x-/i.test(name)).join()}`,
  )
  request.on('data', () => say('data'))
  request.on('end', () => {
    say('end')
    // Instruments put their own in the place of such methods, and take it back.
    const emit = response.emit.bind(response)
    let calls = 0
    response.emit = (...args: Parameters<typeof emit>): boolean => {
      calls += 1
      return emit(...args)
    }
    response.on('finish', () => {
      say('finish')
      said.push(`wrapped: ${calls > 0}`)
      said.push(
        `taken back: ${Reflect.deleteProperty(response, 'emit')}, shown: ${Object.keys(request).includes('emit')}`,
      )
    })
    response.end('done')
  })
}

const server = createServer(answer)
server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
  response.writeContinue()
  answer(request, response)
})
server.on('checkExpectation', answer)
server.on('upgrade', (request, socket) => {
  const said: string[] = []
  seen['upgrade'] = said
  said.push(`upgrade: ${here()}`, `field: ${String(request.headers[FIELD])}`)
  socket.write('HTTP/1.1 101 Switching\r\n\r\n')
  socket.on('data', (bytes: Buffer) => {
    said.push(`data ${String(bytes)}: ${here()}`)
    socket.end('bye')
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const port = Number(Object(server.address()).port)

/** Says pieces one after the other, each once what the one before it brought has come; returns all that came. */
async function talk(...pieces: readonly (readonly [say: string, until: string])[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let heard = ''
  socket.setEncoding('latin1').on('data', (text: string) => (heard += text))
  for (const [say, until] of pieces) {
    const from = heard.length
    socket.write(say)
    while (!heard.slice(from).includes(until)) await once(socket, 'data')
  }
  socket.destroy()
  return heard
}

const head = (path: string, test: string | undefined, more = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: a.test\r\nX-Other: 1\r\n${test === undefined ? '' : `X-TEST: ${test}\r\n`}${more}`
const post = (path: string, test?: string): string => `${head(path, test)}Content-Length: 2\r\n\r\nab`

// One connection serves one test after the other.
await talk(
  [post('/first', 'a'), 'done'],
  [post('/none'), 'done'],
  [post('/unknown', 'unknown'), 'done'],
  [post('/second', 'b'), 'done'],
)
await talk(
  [head('/continued', 'c', 'Expect: 100-continue\r\nContent-Length: 2\r\n\r\n'), '100 Continue'],
  ['ab', 'done'],
)
await talk([head('/expected', 'f', 'Expect: tea\r\nContent-Length: 2\r\n\r\nab'), 'done'])
await talk(
  [`GET /up HTTP/1.1\r\nHost: a.test\r\nX-Test: d\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n`, '101'],
  ['later', 'bye'],
)
const greeting = await talk([post('/greeting', 'hello'), '\r\n\r\n'])
seen['greeting'] = [greeting.split('\r\n')[0], greeting.toLowerCase().includes(`${GREETED}: 1`)]
const late = talk([post('/late', 'late'), 'done'])
await talk([post('/meanwhile', 'e'), 'done'])
seen['before it may'] = Object.hasOwn(seen, '/late')
letGo()
await late
server.close().closeAllConnections()
console.log(JSON.stringify(seen))
