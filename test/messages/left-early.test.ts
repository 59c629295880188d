import { expect, test } from '../helpers/test.ts'
import { hasLeftEarly } from '../../src/messages/left-early.ts'
import type { Failure } from '../../src/tape/cassette.ts'
import { answer, type ConnectionWriter, oneConnection, request } from '../helpers/tape.ts'

const GET = request('GET', '/')
const OK = answer('ok')
const failure = (code: string): Failure => ({ code, phase: 'body', message: '' })

const CASES: readonly (readonly [who: string, (it: ConnectionWriter) => void, isEarly: boolean])[] = [
  ['a client that has all of its answers', (it) => it.sent(GET).received(OK).closed('client'), false],
  ['a client that asked nothing', (it) => it.closed('client'), false],
  ['a client without its answer', (it) => it.sent(GET).closed('client'), true],
  ['a client with half of its answer', (it) => it.sent(GET).received(OK.slice(0, -1)).closed('client'), true],
  [
    'a client with one of two answers',
    (it) =>
      it
        .sent(GET + GET)
        .received(OK)
        .closed('client'),
    true,
  ],
  ['a client with both answers', (it) => it.sent(GET, GET).received(OK, OK).closed('client'), false],
  ['a client that gave up', (it) => it.sent(GET).closed('client', failure('ABORTED')), true],
  ['a client whose time was over', (it) => it.sent(GET).closed('client', failure('BODY_TIMEOUT')), false],
  ['a client after whom the server closed', (it) => it.sent(GET).closed('server'), false],
  ['a client that is still there', (it) => it.sent(GET), false],
  ['a client that ended its side before', (it) => it.sent(GET).ended('client').closed('client'), true],
  ['a client that left after the server had ended', (it) => it.sent(GET).ended('server').closed('client'), false],
  ['a client of what is not HTTP', (it) => it.sent(GET).received('220 mail\r\n').closed('client'), false],
]

for (const [who, write, isEarly] of CASES)
  test(`${who} has ${isEarly ? '' : 'not '}left early`, () => {
    expect(hasLeftEarly(oneConnection('http://api.test', write).tape)).toBe(isEarly)
  })
