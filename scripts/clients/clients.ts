import { http, https, type OpenScene } from './scenes.ts'

/** A client of the table. */
export interface Client {
  readonly name: string
  /** A file of `programs`, without its ending. */
  readonly program: string
  readonly scenes: Readonly<Record<string, OpenScene>>
  readonly env?: Readonly<Record<string, string>>
  /** The first major version of Node on which this version of the client runs. Default: 20. */
  readonly since?: number
}

const both = { http, https }

export const CLIENTS: readonly Client[] = [
  { name: 'node:http', program: 'node-http', scenes: { http } },
  { name: 'node:https', program: 'node-http', scenes: { https } },
  { name: 'fetch', program: 'fetch', scenes: both },
  { name: 'undici 6', program: 'undici', scenes: both, env: { UNDICI: 'undici6' } },
  { name: 'undici 7', program: 'undici', scenes: both, env: { UNDICI: 'undici7' } },
  { name: 'undici 8', program: 'undici', scenes: both, env: { UNDICI: 'undici8' }, since: 22 },
  { name: 'axios', program: 'axios', scenes: both },
  { name: 'got', program: 'got', scenes: both },
  { name: 'node-fetch', program: 'node-fetch', scenes: both },
  { name: 'ky', program: 'ky', scenes: both },
  { name: 'superagent', program: 'superagent', scenes: both },
]
