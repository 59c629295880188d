import http from 'node:http'
import { Agent, request } from 'undici'
import { nodeConnect, undiciConnect } from '../../src/entries/sockets.ts'
import { useCassette } from '../../src/index.ts'

const [, , client, moment, url = '', dir = ''] = process.argv

// An idle connection is left open, and the process is left to itself.
const cassette = moment === 'plain' ? undefined : await useCassette('idle', { dir, mode: 'once', env: {} })
const connector = cassette?.connector
if (client === 'node') {
  const agent = new http.Agent({ keepAlive: true })
  if (connector !== undefined) Object.assign(agent, { createConnection: nodeConnect(connector) })
  await new Promise<void>((resolve, reject) => {
    http.get(url, { agent }, (response) => response.resume().on('end', resolve)).on('error', reject)
  })
} else {
  const dispatcher = new Agent({ keepAliveTimeout: 600_000, ...(connector && { connect: undiciConnect(connector) }) })
  const { body } = await request(url, { dispatcher })
  await body.text()
}
if (moment === 'ejected') await cassette?.eject()
process.stdout.write('done')
