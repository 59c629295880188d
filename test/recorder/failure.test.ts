import { expect, test } from '../helpers/test.ts'
import { CassetteError, ConnectionError, RemoteProtocolError } from '../../src/errors.ts'
import { failureMet, failureOf } from '../../src/recorder/failure.ts'
import { errorOf } from '../../src/replay/replay-transport.ts'
import type { Failure } from '../../src/tape/cassette.ts'

const RESET = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })
const RESET_KEPT = { message: 'read ECONNRESET', code: 'ECONNRESET', facts: { syscall: 'read' } }
const CLOSED = { code: 'CONNECTION_CLOSED', phase: 'open' } as const

/** What ends a connection, and what a cassette keeps of it, besides the error that the client has got. */
const FAILURES: readonly (readonly [name: string, thrown: unknown, kept: Failure, met: object])[] = [
  [
    'a refusal',
    new ConnectionError('CONNECT_FAILED', 'tcp', 'a.test:80', { systemCode: 'ECONNREFUSED' }),
    { code: 'CONNECT_FAILED', phase: 'tcp', systemCode: 'ECONNREFUSED', message: 'a.test:80' },
    {},
  ],
  [
    'a name that nobody knows',
    new ConnectionError('DNS_FAILED', 'dns', 'a.test'),
    { code: 'DNS_FAILED', phase: 'dns', message: 'a.test' },
    {},
  ],
  [
    'a reset that a socket has met',
    new ConnectionError('CONNECTION_LOST', 'open', 'it', { systemCode: 'ECONNRESET', socketError: RESET }),
    { code: 'CONNECTION_LOST', phase: 'open', systemCode: 'ECONNRESET', message: 'it' },
    { error: RESET_KEPT },
  ],
  [
    'a reset that a socket takes for an end',
    new ConnectionError('CONNECTION_LOST', 'open', 'it', { socketError: 'end' }),
    { code: 'CONNECTION_LOST', phase: 'open', message: 'it' },
    { error: 'end' },
  ],
  [
    'a fault of the server',
    new RemoteProtocolError('BAD_CHUNK_SIZE', 7, 'no size'),
    { code: 'BAD_CHUNK_SIZE', phase: 'open', message: 'no size, at byte 7 of what the peer sent' },
    {},
  ],
  [
    'a cassette that is not there',
    new CassetteError('CASSETTE_NOT_FOUND', 'record it'),
    { code: 'CASSETTE_NOT_FOUND', phase: 'open', message: 'record it' },
    {},
  ],
  ['an error of the socket itself', RESET, { ...CLOSED, message: 'read ECONNRESET' }, { error: RESET_KEPT }],
  [
    'an error of the owner',
    new TypeError('not now'),
    { ...CLOSED, message: 'not now' },
    { error: { message: 'not now', name: 'TypeError' } },
  ],
  ['a text', 'enough', { ...CLOSED, message: 'enough' }, {}],
  ['a number', 7, { ...CLOSED, message: '7' }, {}],
  ['nothing', undefined, { ...CLOSED, message: 'undefined' }, {}],
]

for (const [name, thrown, kept, met] of FAILURES)
  test(`${name} is kept so that a replay fails in the same way`, () => {
    expect(failureOf(thrown)).toEqual(kept)
    expect(failureMet(thrown)).toEqual({ ...kept, ...met })
    const again = errorOf(failureMet(thrown))
    expect([again.code, again.phase, again.systemCode, again.detail]).toEqual([
      kept.code,
      kept.phase,
      kept.systemCode,
      kept.message,
    ])
    expect(failureMet(again)).toEqual(failureMet(thrown))
  })
