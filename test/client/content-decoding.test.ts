import { once } from 'node:events'
import { Readable } from 'node:stream'
import * as zlib from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import type { Coding } from '../../src/content/coding-table.ts'
import { contentCodings } from '../../src/content/content-codings.ts'
import { decode } from '../../src/client/decoding.ts'
import { collect } from '../../src/client/incoming-body.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { answered, head, responseWith } from '../helpers/made-response.ts'
import { byteByByte, cutAt } from '../helpers/trace.ts'
import { countOf, isWhole, ONLY_WHOLE } from '../helpers/share.ts'

const ENCODERS = {
  gzip: (bytes: Uint8Array) => zlib.gzipSync(bytes),
  'x-gzip': (bytes: Uint8Array) => zlib.gzipSync(bytes),
  deflate: (bytes: Uint8Array) => zlib.deflateSync(bytes),
  br: (bytes: Uint8Array) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
} as const

type CodingName = keyof typeof ENCODERS

const CODINGS = ['gzip', 'x-gzip', 'deflate', 'br'] as const
const HELLO = Buffer.from('hello, hello, hello, hello')

/** Node 22 has it, but takes a cut body for a whole one, so it is not used there. */
const HAS_ZSTD = Number.parseInt(process.versions.node, 10) >= 24

test.describe('decoded()', () => {
  for (const coding of CODINGS) {
    test(`decodes ${coding}, whole and byte by byte`, async () => {
      const encoded = ENCODERS[coding](HELLO)
      const whole = await responseWith(encoded, `Content-Encoding: ${coding.toUpperCase()}`)
      const { response } = await answered(
        head(`Content-Encoding: ${coding}`, `Content-Length: ${encoded.length}`),
        ...byteByByte(encoded),
      )

      expect(Buffer.from(await whole.decoded().bytes())).toEqual(HELLO)
      expect(await response.text()).toBe(HELLO.toString())
      expect(response.isComplete).toBe(true)
    })

    test(`decodes the empty body of a HEAD or a 304 with ${coding} to an empty body`, async () => {
      const response = await responseWith('', `Content-Encoding: ${coding}`)
      expect(await response.decoded().bytes()).toHaveLength(0)
    })
  }

  test('decodes bare deflate, without the zlib format around it', async () => {
    const response = await responseWith(zlib.deflateRawSync(HELLO), 'Content-Encoding: deflate')
    expect(await response.text()).toBe(HELLO.toString())
  })

  for (const windowBits of [9, 12, 15])
    test(`decodes deflate with a window of ${windowBits} bits`, async () => {
      const response = await responseWith(zlib.deflateSync(HELLO, { windowBits }), 'Content-Encoding: deflate')
      expect(await response.text()).toBe(HELLO.toString())
    })

  test('decodes several members of a gzip body', async () => {
    const members = Buffer.concat([zlib.gzipSync(HELLO), zlib.gzipSync(''), zlib.gzipSync('!')])
    for (const cuts of [[], [zlib.gzipSync(HELLO).length]]) {
      expect(await decodedText('gzip', cutAt(members, cuts))).toBe(`${HELLO.toString()}!`)
    }
  })

  test('decodes several codings, the last one first', async () => {
    const encoded = ENCODERS.br(ENCODERS.deflate(ENCODERS.gzip(HELLO)))
    const response = await responseWith(encoded, 'Content-Encoding: gzip, identity', 'content-encoding: Deflate,br')

    const decoded = response.decoded()
    expect(decoded.codings).toEqual(['gzip', 'deflate', 'br'])
    expect(await decoded.text()).toBe(HELLO.toString())
  })

  test('returns the bytes that were encoded, for any bytes, codings and cuts', async () => {
    const codings = fc.array(fc.constantFrom(...CODINGS), { maxLength: 5 })
    const cuts = fc.array(fc.nat(), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), codings, cuts, async (bytes, names, places) => {
        const encoded = names.reduce((inner, name: CodingName) => ENCODERS[name](inner), bytes)
        const pieces = cutAt(
          encoded,
          places.map((place) => place % (encoded.length + 1)),
        )
        const decoded = decode(from(pieces), contentCodings(names.join(), 5).codings, 1_000)
        expectEqual(Array.from(await collect(decoded)), Array.from(bytes), names.join())
      }),
      { numRuns: countOf(40, 150) },
    )
  })

  test('reads no more bytes than the next piece needs', async () => {
    const members = ['one', 'two', 'three'].map((text) => zlib.gzipSync(text))
    let asked = 0
    async function* counted(): AsyncGenerator<Uint8Array, void, undefined> {
      for (const member of members) {
        asked += 1
        yield member
      }
    }
    const pieces = decode(counted(), contentCodings('gzip', 1).codings, Infinity)[Symbol.asyncIterator]()

    for (const [index, text] of ['one', 'two', 'three'].entries()) {
      expect(textOf((await pieces.next()).value)).toBe(text)
      expect(asked).toBe(index + 1)
    }
  })

  test('closes its source when the loop is left', async () => {
    let isClosed = false
    async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        for (;;) yield zlib.gzipSync(HELLO)
      } finally {
        isClosed = true
      }
    }
    for await (const piece of decode(endless(), contentCodings('gzip', 1).codings, Infinity)) {
      expect(textOf(piece)).toBe(HELLO.toString())
      break
    }
    expect(isClosed).toBe(true)
  })

  test('leaves no decoder open, however it ends', async () => {
    const [gzip] = contentCodings('gzip', 1).codings
    const open = async (pieces: readonly Uint8Array[], most: number): Promise<readonly boolean[]> => {
      const made: { readonly destroyed: boolean }[] = []
      const watched: Coding = {
        name: 'gzip',
        mayRepeat: true,
        codecs: () => [],
        decoder: (first) => {
          const stream = gzip?.decoder(first) ?? zlib.createGunzip()
          made.push(stream)
          return stream
        },
      }
      let count = 0
      try {
        for await (const _ of decode(Readable.from(pieces), [watched], Infinity)) if (++count === most) break
      } catch {
        // It is not of interest here.
      }
      return made.map(({ destroyed }) => destroyed)
    }
    const member = zlib.gzipSync(HELLO)
    expect(await open([member, member], Infinity)).toEqual([true])
    expect(await open([member, member], 1)).toEqual([true])
    expect(await open([member.subarray(0, -1)], Infinity)).toEqual([true])
    expect(await open([Buffer.from('no gzip')], Infinity)).toEqual([true])
    expect(await open([], Infinity)).toEqual([])
  })

  test('names the Node version that zstd needs if this one has none', async () => {
    test.skip(HAS_ZSTD, 'undone in the next test')
    const response = await responseWith(HELLO, 'Content-Encoding: zstd')

    expect(() => response.decoded()).toThrow(
      expect.objectContaining({
        name: 'DecodeError',
        code: 'UNKNOWN_CODING',
        detail: expect.stringContaining('Node 24'),
      }),
    )
    expect(Buffer.from(await response.bytes())).toEqual(HELLO)
  })

  test('decodes zstd, one frame and several', async () => {
    test.skip(!HAS_ZSTD, 'needs Node 24')
    const frames = Buffer.concat([zstdFrame('hello, '), zstdFrame('zstd'), zstdFrame('!')])

    for (const cuts of [[], [16], Array.from(frames.keys())]) {
      expect(await decodedText('zstd', cutAt(frames, cuts))).toBe('hello, zstd!')
    }
    await expect(decodedText('zstd', [Buffer.concat([frames, HELLO])])).rejects.toMatchObject({ code: 'DECODE_ERROR' })
    await expect(decodedText('zstd', [frames.subarray(0, -1)])).rejects.toMatchObject({ code: 'DECODE_ERROR' })
  })

  test('decodes zstd with a window of 8 MB, and no larger one (RFC 9659)', async () => {
    test.skip(!HAS_ZSTD, 'needs Node 24')

    expect(await decodedText('zstd', [zstdFrame('hello', 23)])).toBe('hello')
    await expect(decodedText('zstd', [zstdFrame('hello', 24)])).rejects.toMatchObject({ code: 'DECODE_ERROR' })
  })
})

test.describe('Content-Encoding', () => {
  // oxfmt-ignore
  const CASES: readonly (readonly [value: string | undefined, codings: readonly string[], ignored: readonly string[]])[] = [
    [undefined,               [],               []],
    ['',                      [],               []],
    ['identity',              [],               []],
    ['gzip',                  ['gzip'],         []],
    ['GZip , ,\tbr',          ['gzip', 'br'],   []],
    ['x-gzip',                ['gzip'],         []],
    ['none',                  [],               ['none']],
    ['br;q=1',                [],               ['br;q=1']],
    ['gzip, None',            ['gzip'],         ['none']],
    ['"gzip"',                [],               ['"gzip"']],
  ]
  for (const [value, codings, ignored] of CASES) {
    test(`${JSON.stringify(value)} means ${codings.join() || 'none'}`, () => {
      const found = contentCodings(value, 5)
      expect(found.codings.map(({ name }) => name)).toEqual(codings)
      expect(found.ignored).toEqual(ignored)
    })
  }

  for (const [value, code] of [
    ['compress', 'UNKNOWN_CODING'],
    ['utf-8', 'UNKNOWN_CODING'],
    ['constructor', 'UNKNOWN_CODING'],
    ['gzip, chunked', 'UNKNOWN_CODING'],
    ['br, gzip, gzip, gzip, gzip, gzip', 'TOO_MANY_CODINGS'],
    [`gzip${', gzip'.repeat(99)}`, 'TOO_MANY_CODINGS'],
  ] as const) {
    test(`${value.slice(0, 32)} is ${code}, and bytes() still returns the body`, async () => {
      const response = await responseWith('hello', `Content-Encoding: ${value}`)

      expect(() => response.decoded()).toThrow(expect.objectContaining({ name: 'DecodeError', code }))
      await expect(response.text()).rejects.toMatchObject({ code })
      expect(textOf(await response.bytes())).toBe('hello')
    })
  }

  test('that is not a coding leaves the body unchanged, and is reported', async () => {
    const response = await responseWith('hello', 'Content-Encoding: none')

    expect(response.decoded().ignoredCodings).toEqual(['none'])
    expect(await response.text()).toBe('hello')
  })

  test('may have as many codings as the caller allows', async () => {
    const encoded = Array.from({ length: 6 }).reduce<Buffer>((inner) => zlib.gzipSync(inner), HELLO)
    const response = await responseWith(encoded, `Content-Encoding: gzip${', gzip'.repeat(5)}`)

    expect(await response.decoded({ maxCodings: 6 }).text()).toBe(HELLO.toString())
  })
})

test.describe('A body that cannot be decoded', () => {
  const GARBAGE = Buffer.from('garbage')
  // oxfmt-ignore
  const CASES: readonly (readonly [name: string, coding: string, body: Uint8Array])[] = [
    ['that is plain, gzip',                      'gzip',       HELLO],
    ['that is plain, deflate',                   'deflate',    HELLO],
    ['that is plain, br',                        'br',         HELLO],
    ['that is deflate, gzip',                    'gzip',       zlib.deflateSync(HELLO)],
    ['that is gzip once, gzip twice',            'gzip, gzip', zlib.gzipSync(HELLO)],
    ['with a wrong byte, gzip',                  'gzip',       corrupted(zlib.gzipSync(HELLO))],
    ['with a wrong checksum, gzip',              'gzip',       Buffer.concat([zlib.gzipSync(HELLO).subarray(0, -5), GARBAGE.subarray(0, 5)])],
    ['with bytes behind it, gzip',               'gzip',       Buffer.concat([zlib.gzipSync(HELLO), GARBAGE])],
    ['with zeros behind it, gzip',               'gzip',       Buffer.concat([zlib.gzipSync(HELLO), Buffer.alloc(9)])],
    ['with bytes behind it, deflate',            'deflate',    Buffer.concat([zlib.deflateSync(HELLO), GARBAGE])],
    ['with bytes behind it, bare deflate',       'deflate',    Buffer.concat([zlib.deflateRawSync(HELLO), GARBAGE])],
    ['with bytes behind it, br',                 'br',         Buffer.concat([zlib.brotliCompressSync(HELLO), GARBAGE])],
    ['with bytes behind it, br in gzip',         'br, gzip',   zlib.gzipSync(Buffer.concat([zlib.brotliCompressSync(HELLO), GARBAGE]))],
  ]
  for (const [name, coding, body] of CASES) {
    test(`${name}: is reported, and bytes() still returns the body`, async () => {
      const response = await responseWith(body, `Content-Encoding: ${coding}`)
      const decodeError = {
        name: 'DecodeError',
        code: 'DECODE_ERROR',
        detail: expect.stringContaining('Content-Encoding: '),
      }

      await expect(response.decoded().bytes()).rejects.toMatchObject(decodeError)
      await expect(response.json()).rejects.toMatchObject(decodeError)
      await expect(collect(response.decoded())).rejects.toMatchObject(decodeError)
      expect(Buffer.from(await response.bytes())).toEqual(Buffer.from(body))
    })
  }

  test('says after how many decoded bytes, earlier members included', async () => {
    const zeros = Buffer.alloc(9)
    for (const [body, found] of [
      [GARBAGE, 'nothing could be decoded ('],
      [Buffer.concat([zlib.gzipSync(HELLO), zeros]), `wrong after ${HELLO.length} decoded bytes (`],
      [
        Buffer.concat([zlib.gzipSync(HELLO), zlib.gzipSync('more'), zeros]),
        `wrong after ${HELLO.length + 4} decoded bytes (`,
      ],
    ] as const) {
      const reading = (await responseWith(body, 'Content-Encoding: gzip')).decoded().bytes()
      await expect(reading).rejects.toMatchObject({
        detail: expect.stringContaining(`Content-Encoding: gzip, but ${found}`),
      })
    }
  })

  test('fails in the same way for any cut into segments', async () => {
    for (const [name, coding, body] of CASES) {
      const failure = await failureOf(decodedText(coding, [body]))
      for (let cut = 1; cut < body.length; cut += 1) {
        expectEqual(await failureOf(decodedText(coding, cutAt(body, [cut]))), failure, `${name}, cut at ${cut}`)
      }
    }
  })

  test('that stops early never counts as complete', async () => {
    for (const coding of CODINGS) {
      const encoded = ENCODERS[coding](HELLO)
      for (let end = 1; end < encoded.length; end += 1) {
        expectEqual(
          await failureOf(decodedText(coding, [encoded.subarray(0, end)])),
          'DECODE_ERROR',
          `${coding}, ${end} of ${encoded.length} bytes`,
        )
      }
    }
  })

  test('yields the bytes before a failure of the connection, then that failure', async () => {
    const lines = zlib.createGzip()
    lines.write('first line\n')
    await new Promise<void>((resolve) => lines.flush(resolve))
    // Newer versions of Node give what a stream holds piece by piece.
    const written = Buffer.concat([lines.read(), lines.read() ?? Buffer.alloc(0)])
    const { response, peer } = await answered(head('Content-Encoding: gzip', 'Content-Length: 1000'), written)
    peer.fail(new Error('reset'))

    const seen: string[] = []
    const reading = async (): Promise<void> => {
      for await (const piece of response.decoded()) seen.push(textOf(piece))
    }
    await expect(reading()).rejects.toThrow('reset')
    expect(seen).toEqual(['first line\n'])
  })

  test('is lost after more bytes than are kept, and the error names the option', async () => {
    const body = Buffer.concat([zlib.gzipSync(HELLO), GARBAGE])
    const response = await responseWith(body, 'Content-Encoding: gzip')

    await expect(collect(response.decoded({ keepBytes: 5 }))).rejects.toMatchObject({ code: 'DECODE_ERROR' })
    await expect(response.bytes()).rejects.toMatchObject({
      code: 'WRONG_STATE',
      detail: expect.stringContaining('keepBytes'),
    })
  })

  test('is kept if it has just as many bytes as are kept', async () => {
    const body = Buffer.concat([zlib.gzipSync(HELLO), GARBAGE])
    const response = await responseWith(body, 'Content-Encoding: gzip')

    await expect(collect(response.decoded({ keepBytes: body.length }))).rejects.toMatchObject({ code: 'DECODE_ERROR' })
    expect(await response.bytes()).toEqual(body)
  })
})

test.describe('A decompression bomb', () => {
  const MEGABYTE = 1_048_576

  test('of 200 MB stops at 64 MiB, and bytes() still returns the body', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const bomb = await bombOf(200)
    expect(bomb.length).toBeLessThan(220_000)
    const response = await responseWith(bomb, 'Content-Encoding: gzip')
    const before = process.memoryUsage().rss

    await expect(response.decoded().bytes()).rejects.toMatchObject({
      name: 'DecodeError',
      code: 'DECODED_TOO_LARGE',
      detail: 'gzip decodes to more than 67108864 bytes',
    })
    expect(process.memoryUsage().rss - before).toBeLessThan(96 * MEGABYTE)
    expect(Buffer.from(await response.bytes()).equals(bomb)).toBe(true)
  })

  test('inside another coding stops at the limit too', async () => {
    const response = await responseWith(zlib.brotliCompressSync(await bombOf(4)), 'Content-Encoding: gzip, br')
    await expect(response.decoded({ maxBytes: MEGABYTE }).bytes()).rejects.toMatchObject({ code: 'DECODED_TOO_LARGE' })
  })

  test('may decode to exactly the limit, and not a byte more', async () => {
    const body = zlib.gzipSync(HELLO)
    const response = await responseWith(body, 'Content-Encoding: gzip')

    await expect(response.decoded({ maxBytes: HELLO.length - 1 }).text()).rejects.toMatchObject({
      code: 'DECODED_TOO_LARGE',
    })
    expect(await response.decoded({ maxBytes: HELLO.length }).text()).toBe(HELLO.toString())
  })

  test('has no limit without a coding, because nothing grows', async () => {
    const response = await responseWith(HELLO)
    expect(await response.decoded({ maxBytes: 3 }).text()).toBe(HELLO.toString())
  })

  test('needs limits that are numbers', async () => {
    const response = await responseWith(HELLO)
    for (const options of [{ maxBytes: -1 }, { maxCodings: NaN }, { keepBytes: -1 }]) {
      expect(() => response.decoded(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    }
  })

  /** So many MiB of zeros, gzipped by the piece. */
  async function bombOf(megabytes: number): Promise<Buffer> {
    const gzip = zlib.createGzip({ level: 9 })
    const zeros = Buffer.alloc(MEGABYTE)
    const encoded: Buffer[] = []
    gzip.on('data', (piece: Buffer) => encoded.push(piece))
    for (let index = 0; index < megabytes; index += 1) {
      await new Promise((resolve) => void gzip.write(zeros, resolve))
    }
    gzip.end()
    await once(gzip, 'end')
    return Buffer.concat(encoded)
  }
})

/** Bytes of which one is wrong. */
function corrupted(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.map((byte, index) => (index === 12 ? byte ^ 0xff : byte)))
}

/** By hand, for Node may have no zstd: magic number, window of 2^n bytes, the head of a last raw block, its content. */
const zstdFrame = (text: string, windowLog = 10): Buffer =>
  Buffer.concat([
    Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0, (windowLog - 10) << 3, (text.length << 3) | 1, 0, 0),
    Buffer.from(text),
  ])

async function* from(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pieces
}

const decodedText = async (coding: string, pieces: readonly Uint8Array[]): Promise<string> =>
  textOf(await collect(decode(from(pieces), contentCodings(coding, 5).codings, Infinity)))

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  )

const textOf = (bytes: Uint8Array | void): string => Buffer.from(bytes ?? []).toString()
