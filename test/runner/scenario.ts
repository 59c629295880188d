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

  static async start(): Promise<TicketServer> {
    const made = new TicketServer()
    made.#server.listen(0, '127.0.0.1')
    await once(made.#server, 'listening')
    return made
  }

  get url(): string {
    return `http://localhost:${Object(this.#server.address()).port}`
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
const { writeFileSync, mkdirSync } = require('node:fs')
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
// An SDK that catches everything.
const quiet = async (path) => { try { return await get(path) } catch { return undefined } }
module.exports = { get, post, note, tickets, quiet }
`

/** The same five tests for each runner. */
export const fiveTests = (concurrent: (name: string, code: string) => string, check: string): string => `
describe('users', () => {
  it('lists users', async () => { const seen = await get('/users' + PATH); note('users' + FILE, seen); ${check}(seen.path, '/users' + PATH) })
  it('makes a user', async () => { const seen = await post('/users', 'ada'); note('ada' + FILE, seen); ${check}(seen.body, 'ada') })
})
${concurrent('takes tickets, one', "const seen = await tickets('one' + FILE); " + check + '(new Set(seen).size, 4)')}
${concurrent('takes tickets, two', "const seen = await tickets('two' + FILE); " + check + '(new Set(seen).size, 4)')}
it('asks nobody', async () => { ${check}(1 + 1, 2) })
`
