import { expect, test } from '../helpers/test.ts'
import { CassetteError, ConnectionError, LocalProtocolError } from '../../src/index.ts'
import { describeError, inWordsOfTheCommand, UserError } from '../../src/console/failure.ts'

const systemError = (code: string, message = `${code}: it went wrong`): Error =>
  Object.assign(new Error(message), { code })
const cassetteError = (code: CassetteError['code']): Error => new CassetteError(code, '', { file: 'a.yaml' })
const connectionError = (code: ConnectionError['code']): Error => new ConnectionError(code, 'tcp', 'here')

/** The advice after the message. */
const adviceIn = (error: Error): string | undefined => /; (.*)$/.exec(describeError(error))?.[1]

// oxfmt-ignore
const ADVICE: readonly (readonly [error: Error, advice: string | undefined])[] = [
  [cassetteError('CASSETTE_NOT_FOUND'), 'check the path, or make the file with `wiretape record`'],
  [cassetteError('CASSETTE_CONFLICT'), 'resolve the conflict or record it again'],
  [cassetteError('NOT_A_REGULAR_FILE'), 'name a file, not a folder, link or device'],
  [cassetteError('CASSETTE_VERSION'), 'read it with a newer release, or record it again'],
  [cassetteError('BAD_BASE64'), 'correct the file or record it again'],
  [connectionError('CONNECT_FAILED'), 'check host and port, and that the server runs'],
  [connectionError('DNS_FAILED'), 'check the host name'],
  [connectionError('TLS_FAILED'), 'trust a private authority with --ca FILE, or skip verification with --insecure'],
  [connectionError('CONNECT_TIMEOUT'), 'allow more with --timeout MS'],
  [connectionError('TLS_TIMEOUT'), 'allow more with --timeout MS'],
  [connectionError('HEADERS_TIMEOUT'), 'allow more with --timeout MS'],
  [connectionError('BODY_TIMEOUT'), 'allow more with --timeout MS'],
  [connectionError('WRITE_TIMEOUT'), 'allow more with --timeout MS'],
  [connectionError('CONNECTION_LOST'), undefined],
  [systemError('ENOENT'), 'check the path'],
  [systemError('EEXIST'), 'there is a file where a folder is needed'],
  [systemError('EACCES'), 'check who may read and write it'],
  [systemError('EPERM'), 'check who may read and write it'],
  [systemError('EISDIR'), 'name a file, not a folder'],
  [systemError('ENOTDIR'), 'check the path: a part of it is not a folder'],
  [systemError('ENOSPC'), 'make room on the disk'],
  [systemError('EADDRINUSE'), 'use another --port, or stop the program that listens there'],
  [systemError('EADDRNOTAVAIL'), 'use another --host: this machine does not have that address'],
  [systemError('EMFILE'), undefined],
  [systemError('toString'), undefined],
  [new UserError('FILE_EXISTS', 'it is there'), undefined],
]

for (const [error, advice] of ADVICE)
  test(`after ${describeError(error).split(';')[0]}, the command advises: ${advice ?? 'nothing'}`, () => {
    expect(adviceIn(error)).toBe(advice)
  })

// oxfmt-ignore
const LINES: readonly (readonly [error: unknown, line: string])[] = [
  ['only a text', 'only a text'],
  [new Error('no code'), 'no code'],
  [new Error('two\n  lines'), 'two lines'],
  [new UserError('NO_CASSETTES', 'none'), 'NO_CASSETTES: none'],
  [new UserError('NO_CASSETTES', 'NO_CASSETTES: none'), 'NO_CASSETTES: none'],
  [new LocalProtocolError('INVALID_OPTION', 'x'), 'INVALID_OPTION: an option has an invalid value: x'],
  [systemError('EMFILE', 'too many'), 'SYSTEM_ERROR: EMFILE: too many'],
  [systemError('EMFILE', 'EMFILE: too many'), 'SYSTEM_ERROR: EMFILE: too many'],
  [systemError('commander.unknownOption', 'error: no'), 'commander.unknownOption: error: no'],
]

for (const [error, line] of LINES)
  test(`the line of an error, ${JSON.stringify(error instanceof Error ? error.message : null)}: ${line}`, () => {
    expect(describeError(error)).toBe(line)
  })

// oxfmt-ignore
const WORDS: readonly (readonly [library: string, command: string])[] = [
  ['set expose: true, or expose: trueish', 'set --expose, or expose: trueish'],
  ['use allowHosts: ["a.test"]', 'use --allow-host "a.test"'],
  ['see allowHosts', 'see --allow-host'],
  ['missStatus: 404', '--miss-status 404'],
  ['tls: it', '--tls: it'],
  ["raw: ['a:1'] and raw: ['b:2']", '--raw a:1 and --raw b:2'],
  ['with WIRETAPE_MODE=once', 'with --mode once'],
]

for (const [library, command] of WORDS)
  test(`in words of the command: ${command}`, () => {
    expect(inWordsOfTheCommand(library)).toBe(command)
  })

test('which errors are of the arguments', () => {
  const usage = ['INVALID_OPTION', 'HTTP_FILE_INVALID', 'NO_CASSETTES'] as const
  for (const code of usage) expect(new UserError(code, '').isUsage, code).toBe(true)
  for (const code of ['FILE_EXISTS', 'NO_ANSWER', 'SYSTEM_ERROR'] as const)
    expect(new UserError(code, '').isUsage, code).toBe(false)
})
