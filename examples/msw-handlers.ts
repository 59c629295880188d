import { once } from 'node:events'
import { createServer } from 'node:http'
import { setupServer } from 'msw/node'
import { fetchOver } from 'wiretape/fetch'
import { useCassette } from 'wiretape'
import { loadCassette } from 'wiretape/cassette'
import { handlersFrom, lossReport } from 'wiretape/msw'

const server = createServer((request, response) => response.end(`hello from ${request.url}`))
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${Object(server.address()).port}`

// Recorded once, with the bytes...
await using cassette = await useCassette('users')
await using fetchOnTape = fetchOver(cassette.connector)
console.log(`live: ${await (await fetchOnTape(`${url}/users`)).text()}`)
await cassette.eject()
server.close().closeAllConnections()

// ...and returned by msw to every call of `fetch`.
const recorded = await loadCassette('cassettes/users.yaml')
const mocks = setupServer(...handlersFrom(recorded))
mocks.listen()
console.log(`msw: ${await (await fetch(`${url}/users`)).text()}`)
mocks.close()
for (const { kind } of lossReport(recorded)) console.log(`msw cannot carry: ${kind}`)
