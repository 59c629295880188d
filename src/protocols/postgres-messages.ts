import { type Field, NotSpoken } from './dialogue.ts'
import { readable } from './words.ts'

/** A text up to its zero byte, and where the next thing begins. */
export function zeroEnded(bytes: Buffer, start: number): { readonly text: string; readonly end: number } {
  const end = bytes.indexOf(0, start)
  if (end === -1) throw new NotSpoken('a text without an end')
  return { text: bytes.toString('utf8', start, end), end: end + 1 }
}

/** What says who wants what; names of programs and their settings differ between versions of clients. */
const COMPARED = new Set(['user', 'database', 'replication', 'options'])

/** The parameters of a startup message that matter. */
export function readStartup(message: Buffer): readonly Field[] {
  const fields: Field[] = []
  for (let at = 8; at < message.length - 1;) {
    const name = zeroEnded(message, at)
    const value = zeroEnded(message, name.end)
    if (COMPARED.has(name.text)) fields.push({ name: name.text, value: value.text })
    at = value.end
  }
  return fields.toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

/** A portal, its statement, and the parameters as they are compared. */
export interface Bind {
  readonly portal: string
  readonly statement: string
  readonly parameters: readonly Field[]
}

export function readBind(body: Buffer): Bind {
  const portal = zeroEnded(body, 0)
  const statement = zeroEnded(body, portal.end)
  const formats = readFormats(body, statement.end)
  const parameters: Field[] = []
  let at = formats.end + 2
  for (let left = body.readInt16BE(formats.end); left > 0; left--) {
    const length = body.readInt32BE(at)
    const value = length < 0 ? 'NULL' : JSON.stringify(readable(body.subarray(at + 4, at + 4 + length)))
    parameters.push({ name: `parameter ${parameters.length + 1}`, value })
    at += 4 + Math.max(length, 0)
  }
  const results = readFormats(body, at)
  return {
    portal: portal.text,
    statement: statement.text,
    parameters: [
      ...parameters,
      { name: 'parameter formats', value: formats.text },
      { name: 'result formats', value: results.text },
    ],
  }
}

function readFormats(body: Buffer, start: number): { readonly text: string; readonly end: number } {
  const end = start + 2 + 2 * body.readInt16BE(start)
  const formats: string[] = []
  for (let at = start + 2; at < end; at += 2) formats.push(body.readInt16BE(at) === 1 ? 'binary' : 'text')
  return { text: formats.join(' '), end }
}
