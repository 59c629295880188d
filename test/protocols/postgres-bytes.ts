/** Messages of PostgreSQL, as short as they can be. */
export function message(type: string, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
  const head = Buffer.alloc(4)
  head.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), head, body])
}

export const short = (value: number): Buffer => Buffer.of(value >> 8, value & 255)
export const long = (value: number): Buffer => Buffer.concat([short(value >>> 16), short(value & 0xff_ff)])

export const STARTUP: Buffer = message('', long(196_608), 'user\0app\0database\0db\0\0')
export const AUTHENTICATED: Buffer = message('R', long(0))
export const READY: Buffer = message('Z', 'I')
export const LOGGED_IN: Buffer = Buffer.concat([AUTHENTICATED, READY])

export const query = (sql: string): Buffer => message('Q', `${sql}\0`)
export const rows = (text: string): Buffer =>
  Buffer.concat([message('D', short(1), long(text.length), text), message('C', 'SELECT 1\0'), READY])

export const parse = (name: string, sql: string): Buffer => message('P', `${name}\0${sql}\0`, short(0))
export const bind = (name: string, parameter: string): Buffer =>
  message('B', `\0${name}\0`, short(0), short(1), long(parameter.length), parameter, short(0))
export const EXECUTE: Buffer = message('E', '\0', long(0))
export const SYNC: Buffer = message('S')
export const PARSED: Buffer = message('1')
export const BOUND: Buffer = message('2')
export const failure = (text: string): Buffer => message('E', `SERROR\0C22P02\0M${text}\0\0`)
