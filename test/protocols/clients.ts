import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import mqtt from 'mqtt'
import mysql from 'mysql2/promise'
import { createTransport } from 'nodemailer'
import { Pool, type QueryResult } from 'pg'
import { createClient } from 'redis'
import { PASSWORD } from '../helpers/servers.ts'

/** Where a client connects to, and how. */
export interface Place {
  readonly port: number
  /** What to trust where TLS is wanted. */
  readonly ca?: string | undefined
  readonly password?: string | undefined
}

/** A real client that says something and returns all that it heard. */
export type Run = (place: Place) => Promise<unknown>

const TEN = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const

/** What a failed statement is known by. */
const known = (error: unknown): unknown => {
  const { code, message }: { readonly code?: string; readonly message?: string } = Object(error)
  return { code, message }
}

const pgPool = ({ port, ca, password = PASSWORD }: Place): Pool =>
  new Pool({
    host: '127.0.0.1',
    port,
    user: 'app',
    password,
    database: 'postgres',
    max: 5,
    ...(ca !== undefined && { ssl: { ca } }),
  })

/** `pg` with a pool of five: simple, unnamed and named statements, errors, a transaction, a random answer. */
export const withPg: Run = async (place) => {
  const pool = pgPool(place)
  try {
    await pool.query('CREATE TABLE IF NOT EXISTS things (id int PRIMARY KEY, name text)')
    await Promise.all(TEN.map((id) => pool.query('INSERT INTO things VALUES ($1, $2)', [id, `thing ${id}`])))
    const byId = (id: number): Promise<QueryResult> =>
      pool.query({ name: 'by-id', text: 'SELECT * FROM things WHERE id = $1', values: [id] })
    const found = await Promise.all(TEN.map(async (id) => (await byId(id)).rows))
    const again = await Promise.all(TEN.map(async (id) => (await byId(id)).rows))
    const wrong = await pool.query('SELECT nothing').catch(known)
    const twice = await pool.query('INSERT INTO things VALUES ($1, $2)', [1, 'again']).catch(known)
    const counts = await Promise.all([inTransaction(pool, 3), inTransaction(pool, 4)])
    const draw = async (): Promise<string> => JSON.stringify((await pool.query('SELECT random() AS number')).rows)
    const together = await Promise.all(TEN.map(draw))
    // Which of two equal questions at the same time gets which answer is nothing that a client could rely on.
    return { found, again, wrong, twice, counts, together: together.toSorted(), alone: [await draw(), await draw()] }
  } finally {
    await pool.end()
  }
}

async function inTransaction(pool: Pool, upTo: number): Promise<unknown> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('DELETE FROM things WHERE id <= $1', [upTo])
    const { rows } = await client.query('SELECT count(*) FROM things')
    await client.query('ROLLBACK')
    return rows
  } finally {
    client.release()
  }
}

/** `mysql2` with a pool of five: text and prepared statements, errors, a transaction, a random answer. */
export const withMysql: Run = async ({ port, ca, password = PASSWORD }) => {
  const pool = mysql.createPool({
    host: '127.0.0.1',
    port,
    user: 'app',
    password,
    database: 'app',
    connectionLimit: 5,
    ...(ca !== undefined && { ssl: { ca } }),
  })
  try {
    await pool.query('CREATE TABLE IF NOT EXISTS things (id int PRIMARY KEY, name text)')
    await Promise.all(TEN.map((id) => pool.execute('INSERT INTO things VALUES (?, ?)', [id, `thing ${id}`])))
    const byId = async (id: number): Promise<unknown> =>
      (await pool.execute('SELECT * FROM things WHERE id = ?', [id]))[0]
    const found = await Promise.all(TEN.map(byId))
    const again = await Promise.all(TEN.map(byId))
    const wrong = await pool.query('SELECT nothing').catch(known)
    const twice = await pool.execute('INSERT INTO things VALUES (?, ?)', [1, 'again']).catch(known)
    const draw = async (): Promise<string> => JSON.stringify((await pool.query('SELECT rand() AS number'))[0])
    const together = await Promise.all(TEN.map(draw))
    const alone = [await draw(), await draw()]
    const connection = await pool.getConnection()
    await connection.beginTransaction()
    await connection.execute('DELETE FROM things WHERE id <= ?', [3])
    const [count] = await connection.query('SELECT count(*) AS left_over FROM things')
    await connection.rollback()
    connection.release()
    return { found, again, wrong, twice, together: together.toSorted(), alone, count }
  } finally {
    await pool.end()
  }
}

/** `ioredis`: single commands, a pipeline, a transaction, a script, bytes, errors. */
export const withIoredis: Run = async ({ port, password }) => {
  const clients = TEN.slice(0, 5).map(
    () => new Redis({ port, host: '127.0.0.1', ...(password !== undefined && { password }), maxRetriesPerRequest: 1 }),
  )
  const [first] = clients
  if (first === undefined) return undefined
  try {
    await first.mset({ a: '1', b: 'two' })
    const read = await Promise.all(
      clients.map(async (client, index) => [
        await client.incr('n'),
        await client.get('a'),
        await client.echo(`hello ${index}`),
      ]),
    )
    const piped = await first.pipeline().lpush('list', 'x', 'y').lrange('list', 0, -1).get('none').exec()
    const multi = await first.multi().incr('n').get('b').exec()
    const script = await first.eval('return {KEYS[1], ARGV[1], 3}', 1, 'key', 'argument')
    await first.set('bytes', Buffer.from([0, 255, 13, 10]))
    const bytes = (await first.getBuffer('bytes'))?.toString('hex')
    const wrong = await first.incr('b').catch(known)
    return { read, piped: String(piped), multi: String(multi), script, bytes, wrong, time: await first.time() }
  } finally {
    await Promise.all(clients.map((client) => client.quit()))
  }
}

/** `redis`, in RESP3: single commands, what is sent in one turn, a transaction, a subscription. */
export const withNodeRedis: Run = async ({ port, password }) => {
  const socket = { host: '127.0.0.1', port, reconnectStrategy: false } as const
  const client = createClient({ socket, RESP: 3, ...(password !== undefined && { password }) })
  client.on('error', () => {})
  await client.connect()
  const subscriber = client.duplicate()
  subscriber.on('error', () => {})
  await subscriber.connect()
  try {
    await client.set('k', 'v')
    const all = await Promise.all([
      client.get('k'),
      client.incr('m'),
      client.hSet('h', { x: '1', y: '2' }),
      client.hGetAll('h'),
    ])
    const multi = await client.multi().incr('m').get('k').exec()
    const wrong = await client.incr('k').catch(known)
    const heard = new Promise(
      (resolve) => void subscriber.subscribe('news', resolve).then(() => client.publish('news', 'it rains')),
    )
    return {
      all: JSON.stringify(all),
      multi: JSON.stringify(multi),
      wrong,
      heard: await heard,
      time: await client.time(),
    }
  } finally {
    await Promise.all([client.close(), subscriber.close()])
  }
}

/** `nodemailer`: a mail with two parts and an attachment, over a pool. */
export const withNodemailer: Run = async ({ port, ca, password = PASSWORD }) => {
  const transport = createTransport({
    host: '127.0.0.1',
    port,
    pool: true,
    maxConnections: 2,
    auth: { user: 'app', pass: password },
    ...(ca === undefined ? { ignoreTLS: true } : { requireTLS: true, tls: { ca, servername: 'localhost' } }),
  })
  try {
    const sent = await Promise.all(
      [1, 2, 3].map((number) =>
        transport.sendMail({
          from: 'app@example.com',
          to: `reader${number}@example.com`,
          subject: `Number ${number}`,
          text: 'Hello',
          html: '<p>Hello</p>',
          attachments: [{ filename: 'a.txt', content: 'attached' }],
        }),
      ),
    )
    return sent.map(({ response, accepted, rejected }) => ({ response, accepted, rejected }))
  } finally {
    transport.close()
  }
}

/** `mqtt`: three qualities of service, a subscription, what is retained. */
export const withMqtt: Run = async ({ port, password = PASSWORD }) => {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { username: 'app', password, reconnectPeriod: 0 })
  const heard: string[] = []
  try {
    const all = new Promise<void>((resolve) =>
      client.on('message', (topic, payload) => {
        heard.push(`${topic}: ${payload.toString()}`)
        if (heard.length === 3) resolve()
      }),
    )
    const granted = await client.subscribeAsync('news/#', { qos: 2 })
    for (const qos of [0, 1, 2] as const) await client.publishAsync(`news/${qos}`, `quality ${qos}`, { qos })
    await all
    return { granted, heard: heard.toSorted() }
  } finally {
    await client.endAsync()
  }
}

/** `mongodb`: finds, inserts with ids of their own, errors, a session. */
export const withMongo: Run = async ({ port }) => {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    maxPoolSize: 5,
    serverSelectionTimeoutMS: 5_000,
  })
  try {
    const things = client.db('app').collection<{ _id: number; name: string }>('things')
    await things.insertMany(TEN.map((_id) => ({ _id, name: `thing ${_id}` })))
    const found = await Promise.all(TEN.map((_id) => things.findOne({ _id })))
    const session = client.startSession()
    const changed = await things.updateOne({ _id: 1 }, { $set: { name: 'changed' } }, { session })
    await session.endSession()
    const wrong = await things.insertOne({ _id: 1, name: 'again' }).catch(known)
    return { found, changed, wrong, count: await things.countDocuments() }
  } finally {
    await client.close()
  }
}
