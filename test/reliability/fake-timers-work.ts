import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Connector, connectSocket, HttpConnection, Replayer, VirtualClock } from '../../src/index.ts'
import { nodeConnect } from '../../src/entries/sockets.ts'
import { Recorder } from '../../src/entries/cassette.ts'

/** What four conversations gave: live and from the cassette, by our client and by `node:http`. */
export interface Said {
  readonly live: readonly string[]
  readonly replayed: readonly string[]
  /** Whether the cassette says when it was recorded, whatever the time of a test is. */
  readonly isDated: boolean
}

/** Records conversations with a real server and replays them at their recorded pace, on whatever timers the process has now. */
export async function converse(): Promise<Said> {
  const server = http.createServer((request, response) => response.end(`hello ${request.url}`))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo
  const recorder = new Recorder()
  const live = await both(recorder.wrap(connectSocket), port)
  server.closeAllConnections()
  await new Promise((resolve) => void server.close(resolve))
  const replayer = new Replayer(recorder.cassette, { timing: new VirtualClock() })
  const isDated = Date.parse(recorder.recorded.at) > Date.UTC(2024)
  return { live, replayed: await both(replayer.connector, port), isDated }
}

async function both(connector: Connector, port: number): Promise<string[]> {
  await using connection = new HttpConnection({ host: '127.0.0.1', port, connector })
  const said: string[] = []
  for (const target of ['/1', '/2']) {
    await connection.request('GET', target)
    said.push(await (await connection.getResponse()).text())
  }
  const agent = Object.assign(new http.Agent({ keepAlive: true }), { createConnection: nodeConnect(connector) })
  said.push(await get(agent, port))
  agent.destroy()
  return said
}

const get = (agent: http.Agent, port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, path: '/3', agent }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (piece: string) => (text += piece))
        response.on('end', () => resolve(text))
      })
      .on('error', reject)
  })
