import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { DecodingBudget, decodedWithin } from '../../src/content/decoded-content.ts'
import { toBodyFiles, toHar } from '../../src/generate/index.ts'
import { checkCassettes } from '../../src/inspection/check-cassettes.ts'
import { answersOf, lossReport } from '../../src/msw/index.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { temporaryFolder } from '../cli/run-cli.ts'
import { oneConnection, request } from '../helpers/tape.ts'

const MIB = 1 << 20
let made: Buffer | undefined
/** Made where it is asked for first: this file is also read where its tests are only listed. */
const bomb = (): Buffer => (made ??= gzipSync(Buffer.alloc(60 * MIB, 'x'), { level: 1 }))
const SECRET = gzipSync('{"password":"correct-horse-battery"}')

/** Answers in some codings. */
const answers = (...bodies: readonly (readonly [coding: string, body: Buffer])[]): Cassette =>
  oneConnection('http://api.test', (it) => {
    for (const [index, [coding, body]] of bodies.entries()) {
      const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`
      it.sent(request('GET', `/${index}`)).received(Buffer.concat([Buffer.from(head), body]))
    }
  })

test.describe('DecodingBudget', () => {
  test('is spent by what was decoded, and by attempts that were too much', () => {
    const budget = new DecodingBudget({ all: 1000 })
    const fields = [{ name: 'Content-Encoding', value: 'gzip' }]
    const decoded = (length: number): boolean => {
      const body = gzipSync(Buffer.alloc(length))
      const { content, isTooLarge } = decodedWithin(body, fields, budget)
      expect(content === body).toBe(isTooLarge)
      return !isTooLarge
    }
    expect(decoded(600)).toBe(true)
    expect(decoded(401)).toBe(false)
    expect(decoded(300)).toBe(true)
    expect(decoded(1)).toBe(false)
    expect(budget.limit).toBe(0)
  })

  for (const [coding, body] of [
    ['gzip', gzipSync(Buffer.alloc(MIB))],
    ['deflate', deflateSync(Buffer.alloc(MIB))],
    ['br', brotliCompressSync(Buffer.alloc(MIB))],
    ['gzip, gzip', gzipSync(gzipSync(Buffer.alloc(MIB)))],
  ] as const) {
    test(`holds for ${coding}`, () => {
      const fields = [{ name: 'Content-Encoding', value: coding }]
      const { content, isTooLarge } = decodedWithin(body, fields, new DecodingBudget({ all: MIB - 1 }))
      expect([content === body, isTooLarge]).toEqual([true, true])
      expect(decodedWithin(body, fields, new DecodingBudget({ all: 3 * MIB })).content).toHaveLength(MIB)
    })
  }
})

test('a cassette that decodes to gigabytes becomes HAR with what fits, and the rest in base64', () => {
  const bombs = Array.from({ length: 12 }, () => ['gzip', bomb()] as const)
  const before = process.memoryUsage().rss
  const { log } = Object(toHar(answers(['gzip', SECRET], ...bombs, ['gzip', SECRET])))
  expect(process.memoryUsage().rss - before).toBeLessThan(800 * MIB)
  expect(log.entries).toHaveLength(14)
  expect(log.entries[1].response.content.size).toBe(60 * MIB)
  expect(log.entries[2].response.content).toEqual({
    size: bomb().length,
    mimeType: 'x-unknown',
    text: bomb().toString('base64'),
    encoding: 'base64',
    comment: 'still gzip: it decodes to too many bytes',
  })
  expect(log.entries[2].comment).toContain('coding: gzip; given still coded')
})

test('files and handlers keep the coding of what decodes to too much, and say so', () => {
  test.skip(!isWhole, ONLY_WHOLE)
  const cassette = answers(['gzip', bomb()], ['gzip', bomb()])
  expect(toBodyFiles(cassette).map(({ name, coding }) => [name, coding])).toEqual([
    ['0001-get-0.response.txt', ''],
    ['0002-get-1.response.bin', 'gzip'],
  ])
  const [, second] = answersOf(cassette)
  expect(second?.response?.body).toEqual({ base64: bomb().toString('base64') })
  expect(second?.response?.headers).toContainEqual(['Content-Encoding', 'gzip'])
  expect(lossReport(cassette)).toContainEqual(
    expect.objectContaining({ interaction: 1, kind: 'coding', detail: expect.stringContaining('still coded') }),
  )
})

test('check notes what decodes to too much, and searches the rest', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'talk.yaml')
  const bombs = Array.from({ length: 12 }, () => ['gzip', bomb()] as const)
  // A coding that is not declared, too.
  await saveCassette(file, answers(['gzip', SECRET], ...bombs, ['identity', bomb()], ['gzip', SECRET]))
  const began = performance.now()
  const { findings } = await checkCassettes([file])
  expect(performance.now() - began).toBeLessThan(20_000)
  const codes = findings.map(({ code }) => code)
  expect(codes).toEqual(['SECRET_FOUND', ...Array.from({ length: 13 }, () => 'NOT_SEARCHED'), 'SECRET_FOUND'])
})

const chunk = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

test('check finds secrets at their places in chunked answers beside one that is not searched', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'talk.yaml')
  const half = bomb().length >> 1
  const chunks = Buffer.concat([
    chunk(bomb().subarray(0, half)),
    chunk(bomb().subarray(half)),
    Buffer.from('0\r\n\r\n'),
  ])
  const cassette = oneConnection('http://api.test', (it) =>
    it
      .sent(request('GET', '/a'))
      .received('HTTP/1.1 200 OK\r\nCONTENT-ENCODING: gzip\r\nTransfer-Encoding: chunked\r\n\r\n', chunks)
      .sent(request('GET', '/b', '', ['Authorization: Bearer 8Fh2kLq9Zx7Tn4Wb']))
      .received('HTTP/1.1 204 No Content\r\n\r\n'),
  )
  await saveCassette(file, cassette)
  const { findings } = await checkCassettes([file])
  expect(findings.map(({ code }) => code)).toEqual(['NOT_SEARCHED', 'SECRET_FOUND'])
})
