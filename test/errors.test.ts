import { expect, test } from './helpers/test.ts'
import * as errors from '../src/errors.ts'

const { CassetteError, ConnectionError, ERROR_CODES, LocalProtocolError, RemoteProtocolError, WiretapeError } = errors

const CODES = Object.keys(ERROR_CODES).filter((code): code is errors.ErrorCode => Object.hasOwn(ERROR_CODES, code))

test.describe('an error', () => {
  test('says what its code means, and then the details', () => {
    for (const code of CODES) {
      const meaning = ERROR_CODES[code]
      expect(new WiretapeError(code, '').message).toBe(meaning)
      expect(new WiretapeError(code, 'x').message).toBe(`${meaning}: x`)
    }
    const cause = new Error('why')
    expect(new WiretapeError('ABORTED', 'here', { cause })).toMatchObject({
      name: 'WiretapeError',
      code: 'ABORTED',
      detail: 'here',
    })
    expect(new WiretapeError('ABORTED', 'here', { cause }).cause).toBe(cause)
  })

  test('of the peer has the byte', () => {
    const bare = new RemoteProtocolError('BARE_LF', 7, '')
    expect([bare.name, bare.offset, bare.message]).toEqual([
      'RemoteProtocolError',
      7,
      'a line ends in LF without CR: at byte 7 of what the peer sent',
    ])
    expect(new RemoteProtocolError('BARE_LF', 0, 'in a header').detail).toBe(
      'in a header, at byte 0 of what the peer sent',
    )
  })

  test('of the caller has its name', () => {
    expect(String(new LocalProtocolError('INVALID_METHOD', ''))).toBe(
      'LocalProtocolError: the method is not a token (RFC 9110 section 9.1)',
    )
  })

  test('of the network has its phase, the code of the system, and what a socket says', () => {
    const socketError = new Error('read ECONNRESET')
    const error = new ConnectionError('CONNECTION_LOST', 'body', '', { systemCode: 'ECONNRESET', socketError })
    expect(error).toMatchObject({
      name: 'ConnectionError',
      code: 'CONNECTION_LOST',
      detail: '',
      phase: 'body',
      systemCode: 'ECONNRESET',
      socketError,
    })
    expect(new ConnectionError('ABORTED', 'tcp', '')).toMatchObject({
      systemCode: undefined,
      socketError: undefined,
    })
  })

  test('for a connection that this side has closed has no stack, and others still have one', () => {
    const { stackTraceLimit } = Error
    const closed = errors.closedByThisSide()
    expect(closed.message).toBe('the connection is closed: by this side')
    expect([closed.code, closed.phase]).toEqual(['CONNECTION_CLOSED', 'open'])
    expect(closed.stack).not.toMatch(/\n\s+at /)
    expect(Error.stackTraceLimit).toBe(stackTraceLimit)
  })

  test('of a cassette has the place', () => {
    const at = (place: object): string => new CassetteError('CASSETTE_EMPTY', 'x', place).message
    const meaning = 'the cassette file is empty'
    expect(at({})).toBe(`${meaning}: x`)
    expect(at({ file: 'a.yaml' })).toBe(`${meaning}: x (a.yaml)`)
    expect(at({ file: 'a.yaml', line: 3, column: 4 })).toBe(`${meaning}: x (a.yaml:3:4)`)
    expect(new CassetteError('CASSETTE_EMPTY', '', { file: 'a', line: 1, column: 2 })).toMatchObject({
      file: 'a',
      line: 1,
      column: 2,
    })
  })
})
