import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { useCassette } from 'wiretape'

// A server that answers like a language model: token by token, as server-sent events.
const server = createServer(async (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  for (const token of ['The', ' tea', ' is', ' ready', ' ☕']) {
    response.write(`data: ${JSON.stringify({ token })}\n\n`)
    await pause(30)
  }
  response.end('data: [DONE]\n\n')
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${Object(server.address()).port}`

async function ask(): Promise<string> {
  await using cassette = await useCassette('tea')
  const connection = cassette.connect(url)
  await connection.request('POST', '/v1/chat', { body: '{"prompt":"How is the tea?"}' })
  const response = await connection.getResponse()
  let text = ''
  for await (const { data } of response.decoded().events()) if (data !== '[DONE]') text += JSON.parse(data).token
  return text
}

console.log(`live: ${await ask()}`)
server.close().closeAllConnections()
console.log(`replay: ${await ask()}`)
