const { WebSocket } = process.env.WEBSOCKET === 'global' ? globalThis : await import('ws')
const print = (...seen) => console.log(JSON.stringify(seen))

/** What is heard on a connection on which these messages are sent, one after each answer. */
const talk = (messages) =>
  new Promise((resolve) => {
    const heard = []
    const left = [...messages]
    const socket = new WebSocket(`${process.env.SERVER_URL.replace(/^http/, 'ws')}/chat`, ['chat'])
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => heard.push('open', socket.protocol))
    socket.addEventListener('error', () => heard.push('error'))
    socket.addEventListener('close', ({ code, reason, wasClean }) => resolve([...heard, code, reason, wasClean]))
    socket.addEventListener('message', ({ data }) => {
      heard.push(typeof data === 'string' ? data : Buffer.from(data).toString('hex'))
      const next = left.shift()
      if (next === undefined) socket.close(1000, 'done')
      else socket.send(next)
    })
  })

print(await talk(['one', JSON.stringify({ two: 2 }), new Uint8Array([1, 2, 255]), 'x'.repeat(2_000)]))
print(await talk(['leave']))
print(await talk(['cut']))
