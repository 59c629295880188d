import { createServer } from 'node:net'
import { writeSync } from 'node:fs'

// It listens and then does nothing any more, so nobody is ever accepted.
const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  const address = server.address()
  writeSync(1, `${typeof address === 'object' ? (address?.port ?? 0) : 0}\n`)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})
