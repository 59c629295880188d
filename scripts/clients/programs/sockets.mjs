import { GONE, SCENES } from './socket-scenes.mjs'

const { WebSocket } = process.env.WEBSOCKET === 'global' ? globalThis : await import('ws')
const { NAME = 'Ada', SERVER_URL } = process.env

/** A socket with a queue of what it sees. */
function open(url) {
  const events = []
  const waiting = []
  const add = (event) => (waiting.length > 0 ? waiting.shift()(event) : events.push(event))
  const socket = new WebSocket(url)
  socket.binaryType = 'arraybuffer'
  socket.addEventListener('open', () => add(`open ${socket.extensions}`))
  socket.addEventListener('message', ({ data }) =>
    add(typeof data === 'string' ? `text: ${data}` : `binary: ${Buffer.from(data).toString('hex')}`),
  )
  socket.addEventListener('error', () => add('error'))
  socket.addEventListener('close', ({ code, reason, wasClean }) => add(`close ${code} ${reason} ${wasClean}`))
  return {
    send: (data) => socket.send(typeof data === 'string' ? data.replace('Ada', NAME) : data),
    close: (code, reason) => socket.close(code, reason),
    next: () => (events.length > 0 ? Promise.resolve(events.shift()) : new Promise((resolve) => waiting.push(resolve))),
  }
}

for (const [name, scene] of Object.entries({ ...SCENES, 'gone without a close (1006)': GONE }))
  console.log(JSON.stringify([name, await scene(open, SERVER_URL.replace(/^http/, 'ws'))]))
