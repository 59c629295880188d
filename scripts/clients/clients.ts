import { grpc, http, http2, https, mariadb, type OpenScene, postgres, redis, smtp, webSocket } from './scenes.ts'

/** A client of the table. */
export interface Client {
  readonly name: string
  /** A file of `programs`, without its ending. */
  readonly program: string
  /** Where it is tried; `undefined`: the server is not installed. */
  readonly scenes: Readonly<Record<string, OpenScene | undefined>>
  readonly env?: Readonly<Record<string, string>>
  /** The first major version of Node on which this version of the client runs. Default: 20. */
  readonly since?: number
}

const both = { http, https }

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
  { name: 'ws', program: 'ws', scenes: { webSocket } },
  { name: 'WebSocket', program: 'ws', scenes: { webSocket }, env: { WEBSOCKET: 'global' }, since: 22 },
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
