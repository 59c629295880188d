import { createClient } from 'redis'

const print = (...seen) => console.log(JSON.stringify(seen))
const socket = { host: 'localhost', port: Number(process.env.SERVER_PORT), reconnectStrategy: false }
const client = createClient({ RESP: 3, socket })
await client.connect()

print(await client.flushAll(), await client.set('k', 'v'), await client.get('k'))
print(await client.hSet('h', { x: '1', y: '2' }), await client.hGetAll('h'))
print(await Promise.all([client.incr('m'), client.get('k'), client.get('none')]))
print(await client.multi().incr('m').get('k').exec())
print(await client.incr('k').catch((error) => error.message))
await client.close()
