import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import http, { createServer } from 'node:http'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { Agent, request } from 'undici'
import { useCassette } from '../../src/use/use-cassette.ts'

/** Ways in which programs connect to a unix socket. */
const CLIENTS: Readonly<Record<string, (path: string) => Promise<string>>> = {
  'node:http': (socketPath) =>
    new Promise((resolve, reject) => {
      const asked = http.get({ socketPath, path: '/info', agent: false }, (response) =>
        response.setEncoding('utf8').on('data', resolve),
      )
      asked.on('error', reject)
    }),
  undici: async (socketPath) => {
    const dispatcher = new Agent({ connect: { socketPath } })
    const { body } = await request('http://docker/info', { dispatcher })
    const text = await body.text()
    await dispatcher.close()
    return text
  },
  'new Socket().connect({ path })': (path) =>
    new Promise((resolve, reject) => {
      const socket = new Socket()
      let text = ''
      socket.setEncoding('utf8').on('data', (part: string) => (text += part))
      socket.on('error', reject).on('close', () => resolve(text.split('\r\n\r\n')[1] ?? ''))
      socket.connect({ path }, () => socket.write('GET /info HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n'))
    }),
}

test.describe('a unix socket', () => {
  test.skip(process.platform === 'win32', 'there are pipes instead')

  for (const [name, ask] of Object.entries(CLIENTS))
    test(`${name}: passes by default; named, it is recorded and replayed`, async () => {
      const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
      const path = join(dir, 'docker.sock')
      let count = 0
      const server = createServer((asked, response) => {
        response.sendDate = false
        response.end(`${asked.url} ${++count}`)
      })
      server.listen(path)
      await once(server, 'listening')
      try {
        const passing = await useCassette('passing', { dir, env: {}, capture: true })
        expect(await ask(path)).toBe('/info 1')
        await passing.eject()
        expect(existsSync(join(dir, 'passing.yaml'))).toBe(false)

        const options = { dir, env: {}, capture: { hosts: ['docker.sock.unix'] } }
        const first = await useCassette('named', options)
        expect(await ask(path)).toBe('/info 2')
        await first.eject()
        server.closeAllConnections()
        server.close()
        const second = await useCassette('named', options)
        expect(await ask(path)).toBe('/info 2')
        await second.eject()
        expect(await readFile(join(dir, 'named.yaml'), 'utf8')).toMatch(/to: (?:http|tcp):..docker\.sock\.unix/)
      } finally {
        server.close()
        await rm(dir, { recursive: true })
      }
    })
})
