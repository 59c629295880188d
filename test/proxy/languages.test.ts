import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { CertificateAuthority } from '../../src/certificates/certificate-authority.ts'
import { environmentFor } from '../../src/proxy/environment.ts'
import { recordingProxy } from '../../src/proxy/recording-proxy.ts'
import { hasProgram } from '../helpers/programs.ts'
import { namesAre } from '../helpers/proxied.ts'
import { serveTls } from '../helpers/tls-server.ts'

const SERVERS = CertificateAuthority.create('servers')
const ODD =
  'HTTP/1.1 200 Quite fine\r\nx-ODD: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n'

/** Programs that get a URL with nothing but the variables to tell them of the proxy. */
const PROGRAMS: readonly (readonly [program: string, args: (url: string) => readonly string[], says: string])[] = [
  ['curl', (url) => ['-q', '-s', '-i', '--raw', '--suppress-connect-headers', url], ODD],
  [
    'python3',
    (url) => [
      '-c',
      `import urllib.request as u; r = u.urlopen(${JSON.stringify(url)}); print(r.reason, r.read().decode())`,
    ],
    'Quite fine hello\n',
  ],
]

for (const [program, args, says] of PROGRAMS)
  test(`${program} is recorded and played by variables alone, over TLS`, async ({}, info) => {
    test.skip(!hasProgram(program), `${program} is not installed`)
    const dir = info.outputPath('cassettes')
    const run = async (port: number): Promise<string> => {
      await using proxy = await recordingProxy('a', {
        dir,
        env: {},
        allow: ['api.test'],
        lookup: namesAre({ 'api.test': '127.0.0.1' }),
        connect: { tls: { ca: SERVERS.cert } },
      })
      const caFile = path.join(info.outputPath(), 'ca.pem')
      await writeFile(caFile, proxy.certificate)
      const env = { ...process.env, ...(await environmentFor(proxy.url, caFile, { env: {} })) }
      return await new Promise((resolve) => {
        execFile(program, args(`https://api.test:${port}/a`), { env, encoding: 'latin1' }, (_, stdout, stderr) =>
          resolve(stdout + stderr),
        )
      })
    }
    const port = await (async () => {
      await using server = await serveTls(
        (socket) => socket.on('data', () => socket.write(ODD)),
        SERVERS.leaf('api.test'),
      )
      expect(await run(server.port)).toBe(says)
      return server.port
    })()
    expect(await run(port)).toBe(says)
  })
