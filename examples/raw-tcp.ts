import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { type Origin, useCassette } from 'wiretape'
import { toSocket } from 'wiretape/sockets'

// A server that speaks first, like a mail server. This is not HTTP, so its origin is `tcp`, and only bytes are recorded.
const server = createServer((socket) => {
  socket.write('220 mail.example ready\r\n')
  createInterface(socket).on('line', (line) => {
    if (line === 'QUIT') socket.end('221 bye\r\n')
    else socket.write(`250 ${line.split(' ')[1]}, at ${process.hrtime.bigint()}\r\n`)
  })
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const origin: Origin = { protocol: 'tcp', host: '127.0.0.1', port: Object(server.address()).port }

async function talk(): Promise<string> {
  await using cassette = await useCassette('mail')
  const socket = toSocket(await cassette.connector(origin, {}))
  const commands = ['HELO ada', 'QUIT']
  const replies: string[] = []
  for await (const reply of createInterface(socket)) {
    replies.push(reply)
    const next = commands.shift()
    if (next !== undefined) socket.write(`${next}\r\n`)
  }
  return replies.join(' | ')
}

const live = await talk()
server.close()
const replayed = await talk()
console.log(replayed === live ? 'the same, to the nanosecond' : `${live} became ${replayed}`)
console.log(replayed.replace(/\d{5,}/, '...')) // 220 mail.example ready | 250 ada, at ... | 221 bye
