import { expect, test } from '../helpers/test.ts'
import { sharedRequests } from '../../src/register/shared-requests.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

type Asked = readonly [from: number, to: number, request: string, answer?: string]

/** What a process has asked: each request at a time, and its answer later. */
function part(...asked: readonly Asked[]): Cassette {
  const cassette = oneConnection('http://api.test', (it) => {
    for (const [, , sent, received] of asked) {
      it.sent(sent)
      if (received !== undefined) it.received(received)
    }
  })
  const times = [0, ...asked.flatMap(([from, to, , received]) => (received === undefined ? [from] : [from, to]))]
  return { ...cassette, tape: cassette.tape.map((event, index) => Object.assign({}, event, { at: times[index] ?? 0 })) }
}

const NEXT = request('GET', '/next')
const POST = (body: string): string => request('POST', '/next', body)
const NAME = 'GET http://api.test/next'
const dated = (date: string): string => `HTTP/1.1 200 OK\r\nDate: ${date}\r\nContent-Length: 1\r\n\r\na`

// oxfmt-ignore
const PARTS: readonly (readonly [name: string, parts: readonly Cassette[], shared: readonly string[]])[] = [
  ['no process', [], []],
  ['one process', [part([1, 2, NEXT, answer('a')], [3, 4, NEXT, answer('b')])], []],
  ['different answers at the same time', [part([1, 4, NEXT, answer('a')]), part([2, 3, NEXT, answer('b')])], [NAME]],
  ['the same the other way round', [part([2, 3, NEXT, answer('b')]), part([1, 4, NEXT, answer('a')])], [NAME]],
  ['one asks while the other waits', [part([1, 3, NEXT, answer('a')]), part([2, 5, NEXT, answer('b')])], [NAME]],
  ['equal answers', [part([1, 4, NEXT, answer('a')]), part([2, 3, NEXT, answer('a')])], []],
  ['answers that differ in their dates', [part([1, 4, NEXT, dated('1')]), part([2, 3, NEXT, dated('2')])], []],
  ['answers that differ in their status', [part([1, 4, NEXT, answer('a')]), part([2, 3, NEXT, answer('a', '201 Made')])], [NAME]],
  ['one without an answer', [part([1, 4, NEXT, answer('a')]), part([2, 2, NEXT])], [NAME]],
  ['one after the other', [part([1, 2, NEXT, answer('a')]), part([3, 4, NEXT, answer('b')])], []],
  ['one after the other, which asks for something else then', [part([1, 2, NEXT, answer('a')], [8, 9, POST('a'), answer('x')]), part([3, 4, NEXT, answer('b')])], []],
  ['one as the other is answered', [part([1, 2, NEXT, answer('a')]), part([2, 4, NEXT, answer('b')])], []],
  ['one between two of the other', [part([1, 2, NEXT, answer('a')], [5, 6, NEXT, answer('c')]), part([3, 4, NEXT, answer('b')])], [NAME]],
  ['no answer to the first', [part([1, 1, NEXT]), part([2, 3, NEXT, answer('b')])], []],
  ['other bodies', [part([1, 4, POST('a'), answer('a')]), part([2, 3, POST('b'), answer('b')])], []],
  ['equal bodies', [part([1, 4, POST('a'), answer('a')]), part([2, 3, POST('a'), answer('b')])], ['POST http://api.test/next']],
  ['two bodies of one URL', [part([1, 9, POST('a'), answer('a')], [10, 19, POST('b'), answer('b')]), part([2, 3, POST('a'), answer('x')], [11, 12, POST('b'), answer('y')])], ['POST http://api.test/next']],
  ['a third process', [part([1, 2, NEXT, answer('a')]), part([3, 6, NEXT, answer('b')]), part([4, 5, NEXT, answer('c')])], [NAME]],
]

for (const [name, parts, shared] of PARTS)
  test(`requests whose answers depend on who asks first: ${name}`, () => {
    expect(sharedRequests(parts)).toEqual(shared)
    expect(sharedRequests(parts.toReversed())).toEqual(shared)
  })
