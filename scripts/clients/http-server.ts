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
  '/cut': (response) => {
    response.writeHead(200, { 'Content-Length': '100' })
    response.write('only this', () => response.socket?.end())
  },
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
