import { once } from 'node:events'
import { createServer } from 'node:http'
import { withCassette } from 'wiretape'

const server = createServer((request, response) => response.end(`hello from ${request.url}`))
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${Object(server.address()).port}`

// cassettes/hello.yaml
const visit = () =>
  withCassette('hello', {}, async (cassette) => {
    const connection = cassette.connect(url)
    await connection.request('GET', '/users')
    const response = await connection.getResponse()
    return `${cassette.isRecording ? 'live' : 'replay'}: ${response.status} ${await response.text()}`
  })

console.log(await visit()) // live: 200 hello from /users
server.close().closeAllConnections()
console.log(await visit()) // replay: 200 hello from /users
