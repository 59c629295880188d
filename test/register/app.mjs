/** An app with one pool for all, whose handlers lose the context of their requests in every usual way. */
import { EventEmitter } from 'node:events'
import http from 'node:http'
import { WebSocketServer } from 'ws'

const API = process.env.API_URL
const agent = new http.Agent({ keepAlive: true, maxSockets: 2 })
const ask = (path) =>
  new Promise((resolve, reject) => {
    const request = http.get(`${API}${path}`, { agent }, (response) => {
      let text = ''
      response.on('data', (part) => (text += part)).on('end', () => resolve(text))
    })
    request.on('error', reject)
  })
const bus = new EventEmitter()

// What a test that has ended is refused is for nobody to handle.
process.on('unhandledRejection', () => {})

const server = http.createServer((request, response) => {
  const path = request.url
  const names = Object.keys(request.headers).concat(request.rawHeaders)
  if (names.some((name) => /^wiretape/i.test(name))) return response.end('it is seen')
  if (path === '/fetch') return void fetch(`${API}/x`).then(async (answer) => response.end(await answer.text()))
  if (path === '/pool') return void ask('/x').then((text) => response.end(text))
  if (path === '/later') return void setTimeout(async () => response.end(await ask('/x')), 5)
  if (path === '/body') {
    // Its bytes come in the context of the connection.
    let length = 0
    request.on('data', (part) => (length += part.length))
    return void request.on('end', async () => response.end(`${length} ${await ask('/x')}`))
  }
  if (path === '/bus') return void bus.emit('job', response)
  response.end('ready')
})
bus.on('job', async (response) => response.end(await ask('/x')))

const sockets = new WebSocketServer({ server })
sockets.on('connection', (socket) => {
  socket.on('message', async () => socket.send(await ask('/x')))
})

server.listen(0, '127.0.0.1', () => console.log(String(server.address().port)))
