import {
  graphQl,
  grpc,
  http,
  http2,
  https,
  mariadb,
  type OpenScene,
  postgres,
  redis,
  smtp,
  socketIo,
  webSocket,
} from './scenes.ts'

/** A client of the table. */
export interface Client {
  readonly name: string
  /** A file of `programs`, without its ending. */
  readonly program: string
  /** Where it is tried; `undefined`: the server is not installed. */
  readonly scenes: Readonly<Record<string, OpenScene | undefined>>
  readonly env?: Readonly<Record<string, string>>
  /** The place of a value that a program sends as it is set in `NAME`, and that is compared. */
  readonly says?: string
  /** The first major version of Node on which this version of the client runs. Default: 20. */
  readonly since?: number
}

const both = { http, https }
/** With the WebSocket of Node. */
const GLOBAL = { WEBSOCKET: 'global' }

export const CLIENTS: readonly Client[] = [
  { name: 'node:http', program: 'node-http', scenes: { http } },
  { name: 'node:https', program: 'node-http', scenes: { https } },
  { name: 'fetch', program: 'fetch', scenes: both },
  { name: 'undici 6', program: 'undici', scenes: { https }, env: { UNDICI: 'undici6' } },
  { name: 'undici 7', program: 'undici', scenes: both, env: { UNDICI: 'undici7' } },
  { name: 'undici 8', program: 'undici', scenes: { https }, env: { UNDICI: 'undici8' }, since: 22 },
  { name: 'axios', program: 'axios', scenes: { https } },
  { name: 'got', program: 'got', scenes: { https } },
  { name: 'node-fetch', program: 'node-fetch', scenes: { https } },
  { name: 'ky', program: 'ky', scenes: { https } },
  { name: 'superagent', program: 'superagent', scenes: { http } },
  { name: 'ws', program: 'sockets', scenes: { webSocket }, says: '$.name' },
  { name: 'WebSocket', program: 'sockets', scenes: { webSocket }, says: '$.name', env: GLOBAL, since: 22 },
  { name: 'socket.io-client', program: 'socket-io', scenes: { socketIo }, says: '$[1].name' },
  {
    name: 'socket.io-client, polling',
    program: 'socket-io',
    scenes: { socketIo },
    env: { TRANSPORTS: 'polling' },
  },
  {
    name: 'socket.io-client, upgrade',
    program: 'socket-io',
    scenes: { socketIo },
    env: { TRANSPORTS: 'polling websocket' },
  },
  { name: 'graphql-ws', program: 'graphql-ws', scenes: { graphQl }, says: '$.payload.variables.name' },
  {
    name: 'graphql-ws, WebSocket',
    program: 'graphql-ws',
    scenes: { graphQl },
    says: '$.payload.variables.name',
    env: GLOBAL,
    since: 22,
  },
  { name: 'eventsource', program: 'eventsource', scenes: { https } },
  { name: 'ioredis', program: 'ioredis', scenes: { redis } },
  { name: 'redis', program: 'redis', scenes: { redis } },
  { name: 'pg', program: 'pg', scenes: { postgres } },
  { name: 'mysql2', program: 'mysql2', scenes: { mariadb } },
  { name: 'nodemailer', program: 'nodemailer', scenes: { smtp } },
  { name: 'http2.connect', program: 'http2', scenes: { http2 } },
  { name: '@grpc/grpc-js', program: 'grpc', scenes: { grpc } },
  { name: '@aws-sdk (S3, DynamoDB)', program: 'aws', scenes: { http } },
  { name: 'openai', program: 'openai', scenes: { https } },
  { name: '@anthropic-ai/sdk', program: 'anthropic', scenes: { https } },
]
