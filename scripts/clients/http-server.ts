import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

type Answer = (response: ServerResponse, request: IncomingMessage, body: Buffer) => void

const json = (response: ServerResponse, status: number, value: unknown): void =>
  void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))

/** What the server does, by path. Nothing in it differs from one time to the next. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  '/json': (response) => {
    response.setHeader('Set-Cookie', ['first=1; Path=/', 'second=2; Path=/'])
    json(response, 200, { id: 7, name: 'Grüße', tags: ['a', 'b'] })
  },
  '/echo': (response, { method, headers }, body) =>
    json(response, 201, { method, type: headers['content-type'], bytes: body.length, body: body.toString() }),
  '/chunked': (response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain', Trailer: 'X-Sum' })
    response.write('one ')
    response.write('two ')
    response.addTrailers({ 'X-Sum': '3' })
    response.end('three')
  },
  '/gzip': (response) =>
    void response
      .writeHead(200, { 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' })
      .end(gzipSync('compressed '.repeat(50))),
  '/large': (response) => void response.end(Buffer.alloc(300_000, 'abcdefghij')),
  '/moved': (response) => void response.writeHead(302, { Location: '/json' }).end(),
  '/missing': (response) => void response.writeHead(404, 'Nowhere To Be Found').end('none'),
  '/empty': (response) => void response.writeHead(204).end(),
  '/events': (response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('retry: 20\ndata: one\n\n')
    response.end('id: 2\nevent: named\ndata: two\ndata: lines\n\n')
  },
  '/v1/chat/completions': (response, _request, body) => {
    const { stream, messages } = Object(JSON.parse(body.toString()))
    const { content } = Object(messages[0])
    if (content === 'overloaded') return json(response, 529, { error: { message: 'too much' } })
    if (stream !== true) return json(response, 200, { id: 'c1', choices: [{ message: { content } }] })
    streamDeltas(
      response,
      content,
      (number) => ({ data: { id: 'c1', choices: [{ delta: { content: `d${number} ` } }] } }),
      [{ data: { id: 'c1', choices: [{ delta: {}, finish_reason: 'stop' }] } }, { data: '[DONE]' }],
    )
  },
  '/v1/messages': (response, _request, body) => {
    const { stream, messages } = Object(JSON.parse(body.toString()))
    const [{ content }] = Object(messages)
    const message = { id: 'm1', type: 'message', role: 'assistant', model: 'fake', content: [], usage: {} }
    if (content === 'overloaded') return json(response, 529, { type: 'error', error: { type: 'overloaded_error' } })
    if (stream !== true) return json(response, 200, { ...message, content: [{ type: 'text', text: content }] })
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write(event({ name: 'message_start', data: { type: 'message_start', message } }))
    const block = { type: 'text', text: '' }
    const start = { type: 'content_block_start', index: 0, content_block: block }
    response.write(event({ name: 'content_block_start', data: start }))
    streamDeltas(response, content, (number) => delta(number), [
      { name: 'content_block_stop', data: { type: 'content_block_stop', index: 0 } },
      { name: 'message_delta', data: { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: {} } },
      { name: 'message_stop', data: { type: 'message_stop' } },
    ])
  },
  '/bucket/a/b.txt': (response, { method }) =>
    void response.writeHead(200, { ETag: '"abc"', 'Content-Type': 'text/plain' }).end(method === 'PUT' ? '' : 'stored'),
  '/bucket/none': (response) =>
    void response
      .writeHead(404, { 'Content-Type': 'application/xml' })
      .end('<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>not there</Message></Error>'),
  '/': (response, { headers }) =>
    json(response, 200, String(headers['x-amz-target']).endsWith('GetItem') ? { Item: { id: { N: '1' } } } : {}),
  '/cut': (response) => {
    response.writeHead(200, { 'Content-Length': '100' })
    response.write('only this', () => response.socket?.end())
  },
}

interface ServerSentEvent {
  readonly name?: string
  readonly data: unknown
}

const event = ({ name, data }: ServerSentEvent): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`

const delta = (number: number): ServerSentEvent => ({
  name: 'content_block_delta',
  data: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: `d${number} ` } },
})

/** Deltas, each in a turn of its own: ten, and the end; seven, and no more until the client leaves; or three, and the connection is cut. */
function streamDeltas(
  response: ServerResponse,
  content: unknown,
  deltaOf: (number: number) => ServerSentEvent,
  last: readonly ServerSentEvent[],
): void {
  const count = content === 'cancel' ? 7 : content === 'cut' ? 3 : 10
  let number = 0
  if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  const next = (): void => {
    number++
    if (number <= count) response.write(event(deltaOf(number)), () => setImmediate(next))
    else if (content === 'cut') response.socket?.destroy()
    else if (content !== 'cancel') response.end(last.map(event).join(''))
  }
  next()
}

/** An HTTP/1.1 server on loopback; what it answers is the same each time. */
export async function startHttpServer(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    response.sendDate = false
    const [path = ''] = (request.url ?? '').split('?')
    const answer = ANSWERS[path]
    if (answer === undefined) response.writeHead(400).end(`nothing at ${path}`)
    else answer(response, request, Buffer.concat(chunks))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
