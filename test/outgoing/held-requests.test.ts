import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { HeldRequests } from '../../src/outgoing/held-requests.ts'
import { request } from '../helpers/tape.ts'

const chunked = (...chunks: readonly string[]): string =>
  `${request('POST', '/c', '', ['Transfer-Encoding: chunked'])}${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`

/** What goes out of what is written, and what was refused. */
function out(
  writes: readonly string[],
  origin = 'http://api.test',
): { readonly sent: string[]; readonly refused: string | undefined } {
  const sent: string[] = []
  const held = new HeldRequests(origin, ({ name, where }) => {
    throw new Error(`${name} in ${where}`)
  })
  try {
    for (const text of writes) sent.push(Buffer.from(held.push(Buffer.from(text, 'latin1'))).toString('latin1'))
    sent.push(Buffer.from(held.rest()).toString('latin1'))
  } catch (error) {
    return { sent, refused: error instanceof Error ? error.message : '' }
  }
  return { sent, refused: undefined }
}

test('what has no placeholder goes out as it came, however it is cut', () => {
  const message = fc.constantFrom(
    request('GET', '/a'),
    request('POST', '/b', 'body'),
    chunked('hello', 'you'),
    request('POST', '/e', 'body', ['Expect: 100-continue']),
    '\r\n',
  )
  const rest = fc.constantFrom('', '*1\r\n$4\r\nPING\r\n', 'GET / HT')
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 5 }),
      rest,
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 }),
      (messages, end, sizes) => {
        const text = messages.join('') + end
        const { sent, refused } = out(pieces(text, sizes))
        expect(refused).toBeUndefined()
        expect(sent.join('')).toBe(text)
      },
    ),
  )
})

test('a placeholder never goes out whole, however it is cut; of a request that is held nothing goes out', () => {
  const bad = fc.constantFrom(
    request('GET', '/{{token.1}}'),
    request('GET', '/%7B%7Btoken.1%7D%7D'),
    request('GET', '/', '', ['Authorization: Bearer {{token.1}}']),
    request('POST', '/', '{"t":"{{token.1}}"}'),
    chunked('a {{token.1}} b'),
    chunked('a {{to', 'ken.1}} b'),
  )
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(request('GET', '/ok'), chunked('ok')), { maxLength: 3 }),
      bad,
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
      (before, last, sizes) => {
        const { sent, refused } = out(pieces(before.join('') + last, sizes))
        expect(refused).toMatch(/^token\.1 in the (?:target|header Authorization|body)$/)
        const all = sent.join('')
        expect(all.replaceAll(/\r\n[\da-f]+\r\n/g, '')).not.toMatch(/token\.1(?:\}\}|%7D%7D)/)
        if (!last.includes('chunked')) expect(before.join('').startsWith(all)).toBe(true)
      },
    ),
  )
})

test('a head goes out before its body if the client waits for 100 Continue', () => {
  const head = request('POST', '/', '', ['Expect: 100-continue', 'Content-Length: 11'])
  expect(out([head, '{{token.1}}'])).toEqual({ sent: [head], refused: 'token.1 in the body' })
  expect(out([head, 'hello', ' world'])).toEqual({ sent: [head, '', 'hello world', ''], refused: undefined })
})

test('what is no HTTP goes out at once, and a placeholder in it does not', () => {
  expect(out(['AUTH secret\r\n', 'AUTH {{token.1}}\r\n'], 'tcp://db.test:6379')).toEqual({
    sent: ['AUTH secret\r\n'],
    refused: 'token.1 in the body',
  })
})

function pieces(text: string, sizes: readonly number[]): string[] {
  const result: string[] = []
  for (let [at, k] = [0, 0]; at < text.length; k += 1) {
    const size = sizes[k % sizes.length] ?? 1
    result.push(text.slice(at, at + size))
    at += size
  }
  return result
}

test('the end of one body and the beginning of the next make no placeholder', () => {
  for (const both of [
    [chunked('a {{token'), chunked('.1}} b')],
    [chunked('a {{token'), request('POST', '/b', '.1}} b')],
  ]) {
    const { sent, refused } = out(both)
    expect([sent.join(''), refused]).toEqual([both.join(''), undefined])
  }
})
