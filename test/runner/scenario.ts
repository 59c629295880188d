import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'

/** The API of the projects: it counts, so that each answer to the same URL is another one. */
export class TicketServer {
  readonly requests: string[] = []
  version = 1
  readonly #server = createServer((request, response) => {
    this.requests.push(`${request.method} ${request.url}`)
    // A fixed date, so that equal answers are equal bytes.
    response.setHeader('Date', 'Thu, 01 Jan 2026 00:00:00 GMT')
    response.setHeader('Content-Type', 'application/json')
    void answer(request, this.requests.length, this.version).then((body) => response.end(body))
  })

  /** @param port that of a server that has been stopped, to stand in its place. */
  static async start(port = 0): Promise<TicketServer> {
    const made = new TicketServer()
    made.#server.listen(port, '127.0.0.1')
    await once(made.#server, 'listening')
    return made
  }

  get port(): number {
    return Number(Object(this.#server.address()).port)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

async function answer(request: IncomingMessage, count: number, version: number): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks).toString()
  if (request.url === '/tickets') return JSON.stringify({ ticket: count })
  return JSON.stringify({ path: request.url, version, body })
}

/** What the tests of all projects do, as an app that knows nothing of this package. */
export const APP = `
'use strict'
const http = require('node:http')
const { existsSync, writeFileSync, mkdirSync } = require('node:fs')
const API = process.env.API_URL
const get = async (path) => (await fetch(API + path)).json()
const post = (path, body) => new Promise((resolve, reject) => {
  const request = http.request(API + path, { method: 'POST' }, (response) => {
    let text = ''
    response.on('data', (part) => (text += part))
    response.on('end', () => resolve(JSON.parse(text)))
  })
  request.on('error', reject)
  request.end(body)
})
const note = (name, value) => {
  mkdirSync(process.env.SEEN, { recursive: true })
  writeFileSync(process.env.SEEN + '/' + name + '.json', JSON.stringify(value))
}
const tickets = async (name) => {
  const seen = []
  for (let at = 0; at < 4; at++) seen.push((await get('/tickets')).ticket)
  note(name, seen)
  return seen
}
// Until something has been noted, for a minute at most.
const until = async (name) => {
  for (let at = 0; at < 600 && !existsSync(process.env.SEEN + '/' + name + '.json'); at++)
    await new Promise((resolve) => setTimeout(resolve, 100))
}
// An SDK that catches everything.
const quiet = async (path) => { try { return await get(path) } catch { return undefined } }
module.exports = { get, post, note, tickets, until, quiet }
`

/** How a runner writes things. */
export interface Dialect {
  /** Two tests that run at the same time, where the runner can. */
  readonly concurrent: (name: string, code: string) => string
  readonly equal: (one: string, other: string) => string
}

/** The same five tests for each runner. */
export const fiveTests = ({ concurrent, equal }: Dialect): string => `
describe('users', () => {
  it('lists users', async () => {
    const seen = await get('/users' + PATH)
    note('users' + FILE, seen)
    ${equal('seen.path', "'/users' + PATH")}
  })
  it('makes a user', async () => {
    const seen = await post('/users', 'ada')
    note('ada' + FILE, seen)
    ${equal('seen.body', "'ada'")}
  })
})
${concurrent('takes tickets, one', `await tickets('one' + FILE)`)}
${concurrent('takes tickets, two', `await tickets('two' + FILE)`)}
it('asks nobody', () => {
  ${equal('1 + 1', '2')}
})
`

/** Tests that end badly, by what the environment says. */
export const troubledTests = ({ equal }: Dialect): string => `
it('swallows a miss', async () => {
  await quiet('/old' + (process.env.VARIANT || ''))
})
it('has no cassette', async () => {
  await quiet('/new')
})
it('fails', async () => {
  await get('/fails')
  throw new Error('as it should')
})
it('leaves a request behind', async () => {
  await get('/before')
  setTimeout(() => get('/late').then(() => note('late', 'answered'), () => note('late', 'refused')), 20)
})
it('goes on', async () => {
  const seen = await get('/own')
  await until('late')
  ${equal('seen.path', "'/own'")}
})
`
