import { once } from 'node:events'
import { createServer } from 'node:http'
import { CassetteMiss, HttpConnection, Replayer, type ReplayerOptions } from '../../src/index.ts'
import { type Cassette, redactCassette, Recorder } from '../../src/entries/cassette.ts'
import { connectSocket } from '../../src/client/socket-connector.ts'

/** A request to the replay. */
interface Asked {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const TOKEN = { Authorization: 'Bearer 7d3f0b9c2a514e68' }
const JSON_TYPE = { 'Content-Type': 'application/json' }
const ORDER = '{"item":"tape","count":2,"tags":["new","red"]}'
const NOTE = 'Call back before noon.'

const LIST: Asked = { method: 'GET', target: '/orders?page=1', headers: TOKEN }
const POST: Asked = { method: 'POST', target: '/orders', headers: { ...TOKEN, ...JSON_TYPE }, body: ORDER }
const TEXT: Asked = { method: 'PUT', target: '/note', headers: { 'Content-Type': 'text/plain' }, body: NOTE }

interface Example {
  readonly title: string
  readonly asked: readonly Asked[]
  readonly options?: ReplayerOptions
  readonly origin?: string
  readonly isEmpty?: boolean
}

const EXAMPLES: readonly Example[] = [
  { title: 'Wrong method', asked: [{ ...POST, method: 'PUT' }] },
  { title: 'One JSON field', asked: [{ ...POST, body: ORDER.replace('2', '3') }] },
  { title: 'An element inserted into a list', asked: [{ ...POST, body: ORDER.replace('"red"', '"big","red"') }] },
  {
    title: 'Header case, where bytes are compared',
    asked: [{ method: 'GET', target: '/orders?page=1', headers: { authorization: TOKEN.Authorization } }],
    options: { matchOn: 'bytes' },
  },
  { title: 'Body one byte longer', asked: [{ ...TEXT, body: `${NOTE}!` }] },
  { title: 'Already played', asked: [LIST, LIST] },
  { title: 'Another origin', asked: [LIST], origin: 'http://other.test' },
  { title: 'Empty cassette', asked: [LIST], isEmpty: true },
  {
    title: 'A placeholder on its way to a live server',
    asked: [{ method: 'GET', target: '/orders/9', headers: { Authorization: 'Bearer {{authorization.1}}' } }],
    options: { fallback: nowhere },
  },
]

/** What is refused is refused before anything is connected. */
async function nowhere(): Promise<never> {
  throw new Error('a placeholder was about to be sent')
}

/** `docs/misses.md`: reports of misses, as a recording of a server and a client that asks for something else give them. */
export async function missReference(): Promise<string> {
  const cassette = await record([LIST, POST, TEXT])
  const sections = await Promise.all(
    EXAMPLES.map(async (example) => `## ${example.title}\n\n\`\`\`text\n${await missOf(cassette, example)}\n\`\`\`\n`),
  )
  return [INTRODUCTION, ...sections].join('\n')
}

const INTRODUCTION = `# What a miss says

The client of each section asks a cassette for something that is not on it. The cassette holds three interactions: \`GET /orders?page=1\`, \`POST /orders\`
with JSON, and \`PUT /note\` with text, recorded with the default redaction. The last section has a live server beside it, as \`new_episodes\` has. On a terminal the reports have colours. This page is made by \`npm run docs\`.

JSON is compared by value, so a blank more in it is no miss; \`matchOn: 'bytes'\` makes it one.
`

async function record(requests: readonly Asked[]): Promise<Cassette> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end('{"ok":true}'))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const recorder = new Recorder()
  const port: unknown = Object(server.address()).port
  // Keeps the page independent of the port of the server.
  const connector = recorder.wrap((_, options) =>
    connectSocket({ protocol: 'http', host: '127.0.0.1', port: Number(port) }, options),
  )
  const connection = HttpConnection.to('http://api.test', { connector })
  for (const asked of requests) {
    await ask(connection, asked)
  }
  await connection.close()
  server.close().closeAllConnections()
  return redactCassette(recorder.cassette).cassette
}

async function ask(connection: HttpConnection, { method, target, headers, body }: Asked): Promise<void> {
  await connection.request(method, target, { headers, body })
  await (await connection.getResponse()).bytes()
}

async function missOf(
  cassette: Cassette,
  { asked, options, origin = 'http://api.test', isEmpty = false }: Example,
): Promise<string> {
  const { connector } = new Replayer(isEmpty ? { ...cassette, tape: [] } : cassette, { ...options, face: 'cassette' })
  const connection = HttpConnection.to(origin, { connector })
  try {
    for (const one of asked) await ask(connection, one)
  } catch (error) {
    if (error instanceof CassetteMiss) return `${error.name}: ${error.message}`
    throw error
  } finally {
    await connection.close()
  }
  throw new Error('everything was found')
}
