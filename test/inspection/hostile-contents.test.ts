import { gzipSync } from 'node:zlib'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { checkCassettes } from '../../src/inspection/check-cassettes.ts'
import { diffCassettes } from '../../src/inspection/diff-cassettes.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { formatDiff } from '../../src/report/diff-text.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { verifyCassette } from '../../src/verify/verify-cassette.ts'
import { temporaryFolder } from '../cli/run-cli.ts'
import { countOf, isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { afterRequests, serve } from '../helpers/live-server.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const MIB = 1 << 20
const MANY = countOf(10_000, 200_000)

interface Content {
  readonly fields: readonly string[]
  readonly body: (value: string) => Buffer
  /** What a redaction and a check say of it, where they cannot go on, and what comparisons say. */
  readonly searched?: RegExp
  readonly compared?: RegExp
}

const text =
  (write: (value: string) => string): Content['body'] =>
  (value) =>
    Buffer.from(write(value))
const GZIP = 'Content-Encoding: gzip'
const TOO_LARGE = /too (?:large|much)|decodes to more/

const nested = (depth: number, value: string): string =>
  Array.from({ length: depth }).reduce<string>(
    (inner, _, k) => `--b${k}\r\nContent-Type: multipart/mixed; boundary=b${k - 1}\r\n\r\n${inner}\r\n--b${k}--\r\n`,
    value,
  )

// oxfmt-ignore
const CONTENTS: Readonly<Record<string, Content>> = {
  'lists in lists': { fields: ['Content-Type: application/json'], body: text((value) => `${'['.repeat(MANY / 2)}"${value}"${']'.repeat(MANY / 2)}`) },
  'objects in objects with secret names': { fields: ['Content-Type: application/json'], body: text((value) => `${'{"token":'.repeat(MANY / 10)}"${value}"${'}'.repeat(MANY / 10)}`) },
  'gzip of 100 MiB': { fields: [GZIP], body: (value) => gzipSync(Buffer.concat([Buffer.from(value), Buffer.alloc(100 * MIB, 'x')])), searched: TOO_LARGE, compared: TOO_LARGE },
  'gzip of a JSON list of 40 MiB': { fields: ['Content-Type: application/json', GZIP], body: (value) => gzipSync(`["${value}"${',1'.repeat(20 * MIB)}]`), compared: TOO_LARGE },
  'multipart in multipart': { fields: [`Content-Type: multipart/mixed; boundary=b${MANY / 125 - 1}`], body: text((value) => nested(MANY / 125, value)) },
  'an element with many attributes': { fields: ['Content-Type: application/xml'], body: text((value) => `<a ${'token="x" '.repeat(MANY)} b="${value}"/>`) },
  'elements in elements with secret names': { fields: ['Content-Type: application/xml'], body: text((value) => `${'<password>'.repeat(MANY / 5)}${value}`) },
  'a form of many pairs': { fields: ['Content-Type: application/x-www-form-urlencoded'], body: text((value) => `${'a=1&'.repeat(MANY)}b=${value}`) },
  'lines with names': { fields: ['Content-Type: text/yaml'], body: text((value) => `${'- name: token\n  value: x\n'.repeat(MANY / 10)}${value}`) },
}

/** Runs it, and holds it to the processor time and memory of a message that is large, but no attack. */
async function bounded<T>(run: () => T | Promise<T>): Promise<T> {
  const [memory, { user }] = [process.memoryUsage().rss, process.cpuUsage()]
  const result = await run()
  expect((process.cpuUsage().user - user) / 1000).toBeLessThan(20_000)
  expect((process.memoryUsage().rss - memory) / MIB).toBeLessThan(800)
  return result
}

const answerWith = ({ fields, body }: Content, value: string): Buffer => {
  const content = body(value)
  const head = ['HTTP/1.1 200 OK', ...fields, `Content-Length: ${content.length}`].join('\r\n')
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), content])
}
const answered = (content: Content, value: string, origin = 'http://api.test'): Cassette =>
  oneConnection(origin, (it) => it.sent(request('GET', '/')).received(answerWith(content, value)))

/** In a quick run each of the contents goes one way. */
const goes = (place: number, way: number): void => test.skip(!isWhole && place % 4 !== way, ONLY_WHOLE)

for (const [place, [name, content]] of Object.entries(CONTENTS).entries())
  test.describe(name, () => {
    test('is redacted, and checked', async () => {
      goes(place, 0)
      test.setTimeout(180_000)
      const cassette = answered(content, 'one')
      const { report } = await bounded(() => redactCassette(cassette))
      await using folder = await temporaryFolder()
      const path = join(folder.path, 'a.yaml')
      await saveCassette(path, cassette)
      const { findings } = await bounded(() => checkCassettes([path]))
      if (content.searched === undefined) return
      expect(report.opaque.map(({ reason }) => reason).join()).toMatch(content.searched)
      expect(findings.map(({ message }) => message).join()).toMatch(content.searched)
    })

    test('is compared with another', async () => {
      goes(place, 1)
      test.setTimeout(180_000)
      const [before, after] = [answered(content, 'one'), answered(content, 'two')]
      const found = await bounded(() => formatDiff({ before: 'a', after: 'b' }, diffCassettes(before, after)))
      expect(found).toContain('1 changed')
      expect(found).toMatch(content.compared ?? /changed/)
    })

    test('is verified', async () => {
      goes(place, 2)
      test.setTimeout(180_000)
      await using server = await serve((socket) =>
        afterRequests(socket, 1, () => void socket.end(answerWith(content, 'two'))),
      )
      const origin = `http://127.0.0.1:${server.port}`
      const cassette = answered(content, 'one', origin)
      const interactions = await bounded(() => verifyCassette(cassette, { target: origin }))
      expect(JSON.stringify(interactions)).toMatch(content.compared ?? /drifted/)
    })

    test('is missed', async () => {
      goes(place, 3)
      test.setTimeout(180_000)
      const sent = (value: string): Buffer => {
        const body = content.body(value)
        const head = ['POST / HTTP/1.1', 'Host: api.test', ...content.fields, `Content-Length: ${body.length}`]
        return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])
      }
      const cassette = oneConnection('http://api.test', (it) => it.sent(sent('one')).received(answer('')))
      const replayer = new Replayer(cassette)
      const connection = HttpConnection.to('http://api.test', { connector: replayer.connector })
      const headers = content.fields.map((field): [string, string] => {
        const [key = '', value = ''] = field.split(': ')
        return [key, value]
      })
      const message = await bounded(async () => {
        try {
          await connection.request('POST', '/', { headers, body: content.body('two') })
          return String((await connection.getResponse()).status)
        } catch (error) {
          return error instanceof Error ? error.message : ''
        }
      })
      expect(message).toContain('no recorded interaction matches')
      expect(message).toMatch(content.compared ?? /body differs/)
    })
  })
