import { createClient } from 'graphql-ws'

const { WebSocket } = process.env.WEBSOCKET === 'global' ? globalThis : await import('ws')
const { NAME = 'Ada', SERVER_URL } = process.env
const print = (...seen) => console.log(JSON.stringify(seen))

/** All results of one operation, or why there are none. */
async function results(client, payload) {
  const seen = []
  try {
    for await (const result of client.iterate(payload)) seen.push(result)
  } catch (error) {
    seen.push(Array.isArray(error) ? error.map(({ message }) => message) : [error.code, error.reason])
  }
  return seen
}

/** With a socket of its own. */
async function visit(token, ...operations) {
  let last = 0
  let tell
  const closed = new Promise((resolve) => (tell = resolve))
  const client = createClient({
    url: `${SERVER_URL.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { token },
    retryAttempts: 0,
    // By default it is drawn at random.
    generateID: () => String(++last),
    on: { closed: ({ code, reason }) => tell([code, reason]) },
  })
  const seen = await Promise.all(operations.map((payload) => results(client, payload)))
  client.dispose()
  print(seen, await closed)
}

const count = { query: 'subscription ($to: Int) { counted(to: $to) }', variables: { to: 5 } }
const greet = { query: 'query ($name: String) { hello(name: $name) }', variables: { name: NAME } }
await visit('of a member', greet)
await visit('of a member', count)
await visit('of a member', count, { ...count, variables: { to: 2 } })
await visit('of a member', { query: '{ nothing }' })
await visit('of nobody', greet)
