import { credentials, makeClientConstructor } from '@grpc/grpc-js'
import { SERVICE } from './grpc-service.mjs'

const print = (...seen) => console.log(JSON.stringify(seen))
const Client = makeClientConstructor(SERVICE, 'table.Service')
const client = new Client(new URL(process.env.SERVER_URL).host, credentials.createInsecure())

const unary = (request) =>
  new Promise((resolve) =>
    client.one(request, (error, answer) => resolve(error ? [error.code, error.details] : answer)),
  )
const all = (stream) =>
  new Promise((resolve) => {
    const heard = []
    stream.on('data', (message) => heard.push(message))
    stream.on('status', ({ code }) => resolve([...heard, code]))
    stream.on('error', () => {})
  })

print(await unary({ name: 'Ada' }))
print(await unary({ fails: true }))
print(await all(client.many({ count: 5 })))
print(
  await new Promise((resolve) => {
    const call = client.sum((error, answer) => resolve(answer ?? error.details))
    for (const number of [1, 2, 3]) call.write({ number })
    call.end()
  }),
)
const call = client.echo()
const heard = all(call)
call.write({ first: 1 })
call.write({ second: 2 })
call.end()
print(await heard)
client.close()
