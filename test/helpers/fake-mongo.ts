import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { BSON } from 'mongodb'

/** A MongoDB of one collection on loopback: as much of one as the driver's own conversation needs. */
export interface FakeMongo extends AsyncDisposable {
  readonly port: number
  stop(): Promise<void>
}

type Thing = Record<string, unknown>

export async function startFakeMongo(): Promise<FakeMongo> {
  const things = new Map<unknown, Thing>()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let pending: Buffer = Buffer.alloc(0)
    socket.on('data', (bytes: Buffer) => {
      pending = Buffer.concat([pending, bytes])
      while (pending.length >= 16 && pending.length >= pending.readInt32LE(0)) {
        const message = pending.subarray(0, pending.readInt32LE(0))
        pending = pending.subarray(message.length)
        const reply = replyTo(message, things)
        if (reply !== undefined) socket.write(reply)
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  return { port: typeof address === 'object' && address !== null ? address.port : 0, stop, [Symbol.asyncDispose]: stop }
}

/** Ids of replies are the server's own count. */
let replies = 1000

function replyTo(message: Buffer, things: Map<unknown, Thing>): Buffer | undefined {
  const isQuery = message.readInt32LE(12) === 2004
  const command = commandOf(message, isQuery)
  // A heartbeat that waits for a change: there is none.
  if ('maxAwaitTimeMS' in command) return undefined
  const document = BSON.serialize({ ...answerTo(command, things), ok: 1 })
  const head = Buffer.alloc(isQuery ? 36 : 21)
  if (isQuery) head.writeInt32LE(1, 32)
  head.writeInt32LE(head.length + document.length, 0)
  head.writeInt32LE((replies += 1), 4)
  head.writeInt32LE(message.readInt32LE(4), 8)
  head.writeInt32LE(isQuery ? 1 : 2013, 12)
  return Buffer.concat([head, document])
}

/** The command, with the documents of its sequences as members. */
function commandOf(message: Buffer, isQuery: boolean): Thing {
  if (isQuery) return BSON.deserialize(message.subarray(message.indexOf(0, 20) + 9))
  const command: Thing = {}
  for (let at = 20; at < message.length;) {
    const kind = message[at]
    const length = message.readInt32LE(at + 1)
    const section = message.subarray(at + 1, at + 1 + length)
    if (kind === 0) Object.assign(command, BSON.deserialize(section))
    else {
      const name = section.toString('utf8', 4, section.indexOf(0, 4))
      const documents: Thing[] = []
      for (let start = 5 + name.length; start < length; start += section.readInt32LE(start))
        documents.push(BSON.deserialize(section.subarray(start, start + section.readInt32LE(start))))
      command[name] = documents
    }
    at += 1 + length
  }
  return command
}

function answerTo(command: Thing, things: Map<unknown, Thing>): Thing {
  const [name = ''] = Object.keys(command)
  switch (name) {
    case 'hello':
    case 'ismaster':
    case 'isMaster':
      return {
        isWritablePrimary: true,
        ismaster: true,
        helloOk: true,
        topologyVersion: { processId: new BSON.ObjectId(), counter: BSON.Long.fromNumber(0) },
        maxBsonObjectSize: 16_777_216,
        maxMessageSizeBytes: 48_000_000,
        maxWriteBatchSize: 100_000,
        localTime: new Date(),
        logicalSessionTimeoutMinutes: 30,
        minWireVersion: 0,
        maxWireVersion: 21,
      }
    case 'insert': {
      const known = list(command['documents']).findIndex(({ _id }) => things.has(_id))
      if (known !== -1) return { n: 0, writeErrors: [{ index: known, code: 11_000, errmsg: 'E11000 duplicate key' }] }
      for (const thing of list(command['documents'])) things.set(thing['_id'], thing)
      return { n: list(command['documents']).length }
    }
    case 'find': {
      const { _id }: { readonly _id?: unknown } = Object(command['filter'])
      const found = things.get(_id)
      return {
        cursor: { firstBatch: found === undefined ? [] : [found], id: BSON.Long.fromNumber(0), ns: 'app.things' },
      }
    }
    case 'update':
      return { n: 1, nModified: 1 }
    case 'aggregate':
      return { cursor: { firstBatch: [{ _id: 1, n: things.size }], id: BSON.Long.fromNumber(0), ns: 'app.things' } }
    default:
      return {}
  }
}

const list = (value: unknown): readonly Thing[] => (Array.isArray(value) ? value : [])
