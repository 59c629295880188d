import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http, { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { http as mswHttp, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { http as msw3Http, HttpResponse as HttpResponse3 } from 'msw3'
import { setupServer as setupServer3 } from 'msw3/node'
import nock from 'nock'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { useCassette } from '../../src/use/use-cassette.ts'

// It has replaced what it mocks as it was loaded; two libraries that mock the same are not what is tried here.
nock.restore()

interface Mocks {
  /** Answers `/mocked` of `url` with `mocked`, and lets everything else pass. Returns what ends it. */
  start(url: string): () => void
}

const MOCKS: Readonly<Record<string, Mocks>> = {
  'msw 2': {
    start(url) {
      const server = setupServer(mswHttp.get(`${url}/mocked`, () => HttpResponse.text('mocked')))
      server.listen({ onUnhandledRequest: 'bypass' })
      return () => server.close()
    },
  },
  'msw 3': {
    start(url) {
      const server = setupServer3(msw3Http.get(`${url}/mocked`, () => HttpResponse3.text('mocked')))
      server.listen()
      return () => server.close()
    },
  },
  nock: {
    start(url) {
      if (!nock.isActive()) nock.activate()
      nock.enableNetConnect()
      nock(url, { allowUnmocked: true }).get('/mocked').times(2).reply(200, 'mocked')
      return () => {
        nock.cleanAll()
        nock.restore()
      }
    },
  },
}

function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => (text += part))
        response.on('end', () => resolve(text))
      })
      .on('error', reject)
  })
}

const viaFetch = async (url: string): Promise<string> => (await fetch(url)).text()

test.describe('beside other hooks', () => {
  for (const [name, mocks] of Object.entries(MOCKS))
    for (const isFirst of [true, false])
      test(`${name}, started ${isFirst ? 'before' : 'after'}: what is mocked is not recorded, what passes is, once`, async () => {
        test.skip(name === 'msw 3' && Number(process.versions.node.split('.')[0]) < 22, 'msw 3 wants Node 22')
        const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
        const server = createServer((request, response) => response.end(`live ${request.url}`))
        server.listen(0, '127.0.0.1')
        await once(server, 'listening')
        const url = `http://localhost:${Object(server.address()).port}`
        const options = { dir, env: {}, capture: { hosts: ['localhost'] } }
        let stop: (() => void) | undefined
        try {
          if (isFirst) stop = mocks.start(url)
          if (isFirst && name === 'msw 3')
            return await expect(useCassette('one', options)).rejects.toMatchObject({ code: 'HOOKED_BEFORE' })
          const tape = await useCassette('one', options)
          if (!isFirst) stop = mocks.start(url)
          expect(await get(`${url}/mocked`)).toBe('mocked')
          expect(await viaFetch(`${url}/mocked`)).toBe('mocked')
          expect(await get(`${url}/passes`)).toBe('live /passes')
          expect(await viaFetch(`${url}/also`)).toBe('live /also')
          await tape.eject()
          stop?.()
          stop = undefined
          const taped = interactionsOf(await loadCassette(join(dir, 'one.yaml')))
          expect(taped.map(({ request }) => request.target)).toEqual(['/passes', '/also'])
          // The last to go has taken nothing away.
          expect(await get(`${url}/free`)).toBe('live /free')
          expect(await viaFetch(`${url}/free`)).toBe('live /free')
        } finally {
          stop?.()
          server.closeAllConnections()
          server.close()
          await rm(dir, { recursive: true })
        }
      })
})
