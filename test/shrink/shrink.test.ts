import * as fc from 'fast-check'
import { expect, test } from '../helpers/test.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { gzipSync } from 'node:zlib'
import { readExchanges } from '../../src/messages/exchanges.ts'
import { bugReport } from '../../src/shrink/bug-report.ts'
import { reduce } from '../../src/shrink/reduce.ts'
import { shrink } from '../../src/shrink/shrink.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { countOf } from '../helpers/share.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'
import { plantedBugs } from './bugs.ts'

const API = 'http://api.test'

test.describe('shrink', () => {
  for (const bug of plantedBugs(countOf(100, 500)))
    test(`finds ${bug.name} in many interactions, in under a minute`, async () => {
      const start = performance.now()
      const shrunk = await shrink(bug.cassette, bug.failing, { hangAfter: 60_000 })
      expect(performance.now() - start).toBeLessThan(60_000)
      expect(shrunk.ended).toBe('minimal')
      expect(shrunk.after.interactions).toBeLessThanOrEqual(bug.mostInteractions)
      expect(bytesOf(shrunk.cassette)).toMatch(bug.clue)
      expect(shrunk.needed.length).toBeGreaterThan(0)
      // What is left is a cassette, and fails as the original does.
      const saved = decodeCassette(encodeCassette(shrunk.cassette))
      expect(await bug.failing(saved)).toBe(shrunk.failure)
      for (const { isWhole } of readExchanges(saved).exchanges) expect(isWhole).toBe(bug.name !== 'reset offset')
    })

  test('leaves a member of JSON below gzip and chunks, with lengths that fit', async () => {
    const body = gzipSync(JSON.stringify({ items: [{ id: 1 }, { id: 2, broken: true }], next: null }))
    const head = 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n'
    const chunked = [body.subarray(0, 20), body.subarray(20)].flatMap((part) => [
      Buffer.from(`${part.length.toString(16)}\r\n`),
      part,
      Buffer.from('\r\n'),
    ])
    const cassette = oneConnection(API, (connection) =>
      connection.sent(request('GET', '/')).received(head, Buffer.concat([...chunked, Buffer.from('0\r\n\r\n')])),
    )
    const { cassette: left } = await shrink(cassette, (candidate) => hasBroken(candidate))
    const [exchange] = readExchanges(left).exchanges
    expect(Buffer.from(exchange?.response?.body ?? []).toString()).toBe('{"items":[{"broken":true}]}')
    expect(bytesOf(left)).toContain('HTTP/1.1 200 \r\nContent-Length: 27\r\n\r\n')
  })

  test('without raw never makes an answer incomplete; with raw it may', async () => {
    const cassette = oneConnection(API, (connection) =>
      connection.sent(request('GET', '/')).received(answer('hello world')),
    )
    const failing = (candidate: Cassette): boolean => bytesOf(candidate).includes('world')
    const valid = await shrink(cassette, failing)
    expect(bytesOf(valid.cassette)).toContain('Content-Length: 5\r\n\r\nworld')
    const raw = await shrink(cassette, failing, { raw: true })
    expect(bytesOf(raw.cassette)).toBe('world')
  })

  test('refuses what passes, and what fails now and then', async () => {
    const cassette = oneConnection(API, (connection) => connection.sent(request('GET', '/')).received(answer('ok')))
    await expect(shrink(cassette, () => undefined)).rejects.toMatchObject({ code: 'SHRINK_PASSES' })
    await expect(shrink(cassette, () => false)).rejects.toMatchObject({ code: 'SHRINK_PASSES' })
    let runs = 0
    const flaky = (): string => `failure ${(runs += 1)}`
    await expect(shrink(cassette, flaky)).rejects.toMatchObject({ code: 'SHRINK_FLAKY' })
    expect(runs).toBe(2)
  })

  test('takes a run that hangs for another failure, and goes on', async () => {
    const cassette = oneConnection(API, (connection) => {
      for (const name of ['a', 'b', 'c']) connection.sent(request('GET', `/${name}`)).received(answer(name))
    })
    const { after, ended } = await shrink(cassette, failsOrHangs, { hangAfter: 5 })
    expect({ after, ended }).toMatchObject({ after: { interactions: 1 }, ended: 'minimal' })
  })

  test('ends at once when it is aborted, and gives the best so far', async () => {
    const controller = new AbortController()
    const cassette = oneConnection(API, (connection) => {
      for (let number = 0; number < 64; number += 1) connection.sent(request('GET', `/${number}`)).received(answer('x'))
    })
    const {
      cassette: left,
      ended,
      after,
    } = await shrink(cassette, hasFive, {
      signal: controller.signal,
      onProgress: ({ runs }) => {
        if (runs === 6) controller.abort()
      },
    })
    expect(ended).toBe('abort')
    expect(after.interactions).toBeLessThan(64)
    expect(hasFive(left)).toBe(true)
  })

  test('refuses unknown options', async () => {
    const cassette = oneConnection(API, (connection) => connection.sent(request('GET', '/')))
    // @ts-expect-error: a typing error
    await expect(shrink(cassette, () => true, { patients: 3 })).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
  })
})

test.describe('reduce', () => {
  test('leaves just what is needed, whatever that is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.nat(59), { maxLength: 5 }),
        async (count, picked) => {
          const needed = new Set(picked.filter((each) => each < count))
          const parts = Array.from({ length: count }, (_, index) => index)
          const { removed, isMinimal } = await reduce(
            parts,
            async (out) => [...needed].every((each) => !out.has(each)),
            { patience: Infinity, isOver: () => false },
          )
          expect(isMinimal).toBe(true)
          expect(parts.filter((part) => !removed.has(part))).toEqual(parts.filter((part) => needed.has(part)))
        },
      ),
      { numRuns: countOf(200, 1_000) },
    )
  })

  test('finds two of 500 in few attempts', async () => {
    let attempts = 0
    const { removed } = await reduce(
      Array.from({ length: 500 }, (_, index) => index),
      async (out) => {
        attempts += 1
        return !out.has(17) && !out.has(401)
      },
      { patience: Infinity, isOver: () => false },
    )
    expect(removed.size).toBe(498)
    expect(attempts).toBeLessThan(60)
  })
})

test.describe('bug report', () => {
  test('is safe Markdown of hostile bytes: nothing recorded ends a block, or is markup', async () => {
    const cassette = oneConnection(API, (connection) =>
      connection
        .sent(request('GET', '/'))
        .received(answer('```\n<script>hit()</script>\n````\n# no heading\u001b[2J', '200 <b>`*x*`</b>')),
    )
    const shrunk = await shrink(cassette, () => '<img src=x> `code` [link](http://x) # one\u001b[2J')
    const report = bugReport({ ...shrunk, cassette }, { file: 'a b.yaml', command: 'npm `x` test' })
    expect(report).not.toMatch(/[^\x20-\x7e\n]/)
    const outside = report.replaceAll(/^(`{3,})(?:sh)?\n[^]*?\n\1$/gm, '')
    expect(outside).not.toMatch(/(?<!\\)<|no heading|(?<!\\)\[link/)
    expect(report).toContain("npx wiretape serve 'a b.yaml' --port 8080")
  })
})

const bytesOf = ({ tape }: Cassette): string =>
  tape.map((event) => ('bytes' in event ? Buffer.from(event.bytes).toString('latin1') : '')).join('')

const failsOrHangs = (cassette: Cassette): boolean | Promise<boolean> =>
  bytesOf(cassette).includes('/b') ? true : new Promise<boolean>(() => {})

const hasFive = (cassette: Cassette): boolean => bytesOf(cassette).includes('GET /5 ')

/** Reads the answer as a client does that knows gzip. */
function hasBroken(cassette: Cassette): boolean {
  return readExchanges(cassette).exchanges.some(({ response, isWhole }) => {
    if (response === undefined || !isWhole) return false
    const isZipped = response.fields.some(({ name }) => name === 'Content-Encoding')
    try {
      const { gunzipSync } = process.getBuiltinModule('node:zlib')
      const text = isZipped ? gunzipSync(response.body).toString() : Buffer.from(response.body).toString()
      const { items = [] }: { readonly items?: readonly { readonly broken?: boolean }[] } = JSON.parse(text)
      return items.some(({ broken }) => broken === true)
    } catch {
      return false
    }
  })
}
