import { Redis } from 'ioredis'

const print = (...seen) => console.log(JSON.stringify(seen))
const client = new Redis(Number(process.env.SERVER_PORT), 'localhost', { maxRetriesPerRequest: 1 })

print(await client.flushall(), await client.mset({ a: '1', b: 'two' }))
print(await client.get('a'), await client.incr('a'), await client.mget('a', 'b', 'none'))
print(await client.pipeline().lpush('list', 'x', 'y').lrange('list', 0, -1).exec())
print(await client.multi().incr('a').get('b').exec())
print(await client.incr('b').catch((error) => error.message))
print(await client.quit())
