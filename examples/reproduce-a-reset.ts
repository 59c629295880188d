import { once } from 'node:events'
import { createServer } from 'node:net'
import { useCassette, type UseCassetteOptions, WiretapeError } from 'wiretape'

// A server with a bug: it resets the connection in the middle of the body.
const server = createServer((socket) => {
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly the beginn', () => {
      setTimeout(() => socket.resetAndDestroy(), 20)
    })
  })
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${Object(server.address()).port}`

async function download(options: UseCassetteOptions = {}): Promise<string> {
  await using cassette = await useCassette('reset', options)
  const connection = cassette.connect(url)
  await connection.request('GET', '/report')
  const response = await connection.getResponse()
  let length = 0
  try {
    for await (const piece of response.body) length += piece.length
    return `${length} bytes, whole`
  } catch (error) {
    return `${length} bytes, then ${error instanceof WiretapeError ? error.code : String(error)}`
  }
}

console.log(`live:   ${await download()}`)
server.close()
console.log(`replay: ${await download()}`)
// The same answer with another fault: what does the code do if nothing more comes, or the body ends early?
console.log(`cut:    ${await download({ faults: [{ type: 'cut', at: 45 }] })}`)
