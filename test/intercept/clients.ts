import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import { connect } from 'node:net'
import { Agent, request } from 'undici'
import { seenError } from '../helpers/seen-error.ts'

/** What a client saw of one call. */
export type Seen = unknown

/** A call of a client that knows nothing of wiretape. */
export type Call = (port: number, ca: string) => Promise<Seen>

/** Clients as programs use them, by name: each makes its own connection. */
export const CALLS: Readonly<Record<string, Call>> = {
  'node:http': (port) => httpCall(http, `http://localhost:${port}/plain`, port),
  'node:http, body in pieces': (port) =>
    httpCall(http, `http://localhost:${port}/post`, port, { method: 'POST' }, ['one ', 'two']),
  'node:https, trusted': (port, ca) => httpCall(https, `https://localhost:${port}/trusted`, port, { ca }),
  'node:https, not trusted': (port) => httpCall(https, `https://localhost:${port}/untrusted`, port),
  'node:https, any certificate': (port) =>
    httpCall(https, `https://localhost:${port}/any`, port, { rejectUnauthorized: false }),
  fetch: (port) => outcome(port, async () => read(await fetch(`http://localhost:${port}/fetch`))),
  'fetch, not trusted': (port) => outcome(port, async () => read(await fetch(`https://localhost:${port}/fetch`))),
  'undici over TLS': (port, ca) =>
    outcome(port, async () => {
      const dispatcher = new Agent({ connect: { ca } })
      const { statusCode, body } = await request(`https://localhost:${port}/undici`, { dispatcher })
      const seen = [statusCode, await body.text()]
      await dispatcher.close()
      return seen
    }),
  net: (port) => talk(port),
}

/** Those whose server speaks TLS. */
export const overTls = (name: string): boolean => /https|TLS|not trusted/.test(name)

async function read(response: Response): Promise<Seen> {
  return [response.status, await response.text()]
}

async function outcome(port: number, call: () => Promise<Seen>): Promise<Seen> {
  try {
    return await call()
  } catch (error) {
    return seenError(error, port)
  }
}

interface HttpModule {
  request(url: string, options: RequestOptions, onResponse: (response: IncomingMessage) => void): http.ClientRequest
}

function httpCall(
  module: HttpModule,
  url: string,
  port: number,
  options: https.RequestOptions = {},
  body: readonly string[] = [],
): Promise<Seen> {
  return new Promise((resolve) => {
    const call = module.request(url, { ...options, agent: false }, (response) => {
      const { socket } = response
      const peer = [socket.remoteAddress, socket.remotePort === port, Reflect.get(socket, 'authorized')]
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => (text += part))
      response.on('end', () => resolve([response.statusCode, namesOf(response.rawHeaders), text, ...peer]))
    })
    call.on('error', (error) => resolve(seenError(error, port)))
    for (const part of body) call.write(part)
    call.end()
  })
}

/** Case and order of names; the values hold the time. */
const namesOf = (rawHeaders: readonly string[]): readonly string[] => rawHeaders.filter((_, place) => place % 2 === 0)

/** A protocol in which the server speaks first, and each side ends on its own. */
function talk(port: number): Promise<Seen> {
  return new Promise((resolve) => {
    let text = ''
    const events: string[] = []
    const socket = connect(port, 'localhost')
    socket.setEncoding('utf8')
    socket.on('connect', () => events.push('connect'))
    socket.on('end', () => events.push('end'))
    socket.on('error', (error) => resolve(seenError(error, port)))
    socket.on('data', (part: string) => {
      text += part
      if (text === '220 ready\r\n') socket.write('QUIT')
      if (text.endsWith('221 bye\r\n')) socket.end()
    })
    socket.on('close', (hadError) => resolve([text, events, hadError]))
  })
}
