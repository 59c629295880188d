/**
 * `node beside.mjs LIBRARY first|last first|last`: the library is started before or after the cassette is opened, and ended before or after it is closed.
 *
 * Prints what clients saw, and what is on the cassette.
 */
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LIBRARIES, MOCKS } from './libraries.mjs'

const { useCassette } = await import(process.env.WIRETAPE)
const { interactionsOf, loadCassette } = await import(process.env.WIRETAPE_CASSETTES)

const [, , library, starts, ends] = process.argv

const viaHttp = (url) =>
  new Promise((resolve, reject) => {
    http
      .get(url, { agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part) => (text += part))
        response.on('end', () => resolve(text))
      })
      .on('error', reject)
  })
const viaFetch = async (url) => (await fetch(url)).text()
const viaSocket = async (port, path) => {
  const socket = net.connect(port, 'localhost')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  let text = ''
  for await (const bytes of socket) text += bytes
  return text.slice(text.indexOf('\r\n\r\n') + 4).replaceAll(/^[0-9a-f]+\r\n|\r\n.*$/gs, '')
}

const asked = []
const server = http.createServer((request, response) => {
  asked.push(request.url)
  const body = `live ${request.url}`
  response.writeHead(200, { 'Content-Length': body.length }).end(body)
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address()
const url = `http://localhost:${port}`
const dir = await mkdtemp(join(tmpdir(), 'wiretape-beside-'))
const open = () => useCassette('one', { dir, env: {}, capture: { hosts: ['localhost'] } })

let stop
if (starts === 'first') stop = await LIBRARIES[library](url)
const tape = await open().catch(({ code }) => {
  console.log(JSON.stringify({ refused: code }))
  process.exit(0)
})
if (starts === 'last') stop = await LIBRARIES[library](url)

const seen = []
if (MOCKS.has(library)) seen.push(await viaHttp(`${url}/mocked`), await viaFetch(`${url}/mocked`))
seen.push(await viaHttp(`${url}/a`), await viaFetch(`${url}/b`), await viaSocket(port, '/c'))
if (ends === 'first') await stop()
await tape.eject()
if (ends === 'last') await stop()
// The last to go has taken nothing away.
const after = [await viaHttp(`${url}/d`), await viaFetch(`${url}/e`), await viaSocket(port, '/f')]

const taped = []
for (const { request } of interactionsOf(await loadCassette(join(dir, 'one.yaml'))))
  if (request.target !== '/c') taped.push(request.target)
const text = await readFile(join(dir, 'one.yaml'), 'utf8')
// What a socket says that nobody knows as HTTP is on the cassette as bytes.
const raw = text.split('GET /c HTTP/1.1').length - 1
console.log(JSON.stringify({ seen, after, asked, taped, raw }))
server.closeAllConnections()
server.close()
await rm(dir, { recursive: true })
process.exit(0)
