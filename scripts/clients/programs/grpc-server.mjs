import { Server, ServerCredentials, status } from '@grpc/grpc-js'
import { SERVICE } from './grpc-service.mjs'

const server = new Server()
server.addService(SERVICE, {
  one: ({ request }, answer) =>
    request.fails ? answer({ code: status.NOT_FOUND, details: 'not here' }) : answer(null, { hello: request.name }),
  many(call) {
    for (let number = 0; number < call.request.count; number++) call.write({ number })
    call.end()
  },
  sum(call, answer) {
    let sum = 0
    call.on('data', ({ number }) => (sum += number))
    call.on('end', () => answer(null, { sum }))
  },
  echo(call) {
    call.on('data', (message) => call.write({ again: message }))
    call.on('end', () => call.end())
  },
})
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => console.log(error ?? port))
