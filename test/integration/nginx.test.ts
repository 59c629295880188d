import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { type Connector, connectSocket, HttpConnection, Replayer } from 'wiretape'
import { decodeCassette, encodeCassette, Recorder } from 'wiretape/cassette'
import { hasProgram, missing } from '../helpers/programs.ts'
import { freePort } from '../helpers/free-port.ts'

test('a conversation with nginx replays with nginx stopped', async () => {
  test.skip(!hasProgram('nginx'), missing('nginx', 'nginx-light'))
  const recorder = new Recorder()
  const nginx = await startNginx()
  const live = await converse(nginx.port, recorder.wrap(connectSocket))
  await nginx.stop()
  await expect(converse(nginx.port, connectSocket)).rejects.toMatchObject({ systemCode: 'ECONNREFUSED' })

  const cassette = decodeCassette(encodeCassette(recorder.cassette))
  const replayer = new Replayer(cassette)
  expect(await converse(nginx.port, replayer.connector)).toEqual(live)
  replayer.assertAllPlayed()

  expect(live.map(({ status }) => status)).toEqual([200, 200, 206, 304, 404])
  expect(live[1]?.headers).toContainEqual(['Content-Encoding', 'gzip'])
  expect(live[1]?.headers).toContainEqual(['Transfer-Encoding', 'chunked'])
  expect(live[2]?.body).toBe(PAGE.slice(6, 18))
  expect(cassette.tape.filter(({ type }) => type === 'open')).toHaveLength(1)
})

const PAGE = `<h1>A page that is long enough to be worth compressing.</h1>\n${'<p>And on.</p>\n'.repeat(40)}`

interface Seen {
  readonly status: number
  readonly reason: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

/** A file, the file in gzip, a part of it, the file unchanged, and none: all on one connection. */
async function converse(port: number, connector: Connector): Promise<Seen[]> {
  await using connection = new HttpConnection({ host: '127.0.0.1', port, connector })
  const seen: Seen[] = []
  const ask = async (target: string, headers: Record<string, string>): Promise<Seen> => {
    await connection.request('GET', target, { headers })
    const response = await connection.getResponse()
    const body = Buffer.from(await response.bytes()).toString('latin1')
    const answer = { status: response.status, reason: response.reason, headers: [...response.headers], body }
    seen.push(answer)
    return answer
  }
  const { headers } = await ask('/page.html', {})
  await ask('/page.html', { 'Accept-Encoding': 'gzip' })
  await ask('/page.html', { Range: 'bytes=6-17' })
  await ask('/page.html', { 'If-None-Match': headers.find(([name]) => name === 'ETag')?.[1] ?? '' })
  await ask('/missing', {})
  return seen
}

async function startNginx(): Promise<{ port: number; stop(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-nginx-'))
  const port = await freePort()
  await mkdir(join(dir, 'www'))
  await writeFile(join(dir, 'www/page.html'), PAGE)
  await writeFile(join(dir, 'nginx.conf'), configuration(dir, port))
  const server = spawn('nginx', ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log')], {
    stdio: 'inherit',
  })
  await untilItListens(server, port)
  return {
    port,
    async stop() {
      server.kill('SIGTERM')
      await once(server, 'exit')
      await rm(dir, { recursive: true })
    },
  }
}

const configuration = (dir: string, port: number): string => `
daemon off;
master_process off;
pid ${dir}/nginx.pid;
events {}
http {
  access_log off;
  types { text/html html; }
  gzip on;
  gzip_min_length 100;
  client_body_temp_path ${dir}/body; proxy_temp_path ${dir}/proxy; fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi; scgi_temp_path ${dir}/scgi;
  server { listen 127.0.0.1:${port}; root ${dir}/www; }
}
`

/** nginx does not say when it listens, so it is asked until it does or has exited. */
async function untilItListens(server: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < 5_000 && server.exitCode === null; attempt += 1) {
    const socket = connect(port, '127.0.0.1')
    const isUp = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (isUp) return
  }
  throw new Error('nginx did not start')
}
