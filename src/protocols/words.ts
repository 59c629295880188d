import type { Field } from './dialogue.ts'

/** A text in one line, as much of it as a reader needs to recognise it. */
export function shortened(text: string, most = 100): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length <= most ? line : `${line.slice(0, most - 3)}...`
}

/** Bytes as text where they are text, otherwise as hexadecimal. */
export function readable(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  // oxlint-disable-next-line no-control-regex
  return text.includes('\uFFFD') || /[\0-\x08\x0e-\x1f]/.test(text) ? `x'${bytes.toString('hex')}'` : text
}

/** Distinguishes texts without keeping them: 53 bits, for what only prefers one recording over another. */
export function digest(text: string, before = ''): string {
  let [one, other] = [0xdeadbeef, 0x41c6ce57]
  for (const char of `${before}\n${text}`) {
    const code = char.codePointAt(0) ?? 0
    one = Math.imul(one ^ code, 2_654_435_761)
    other = Math.imul(other ^ code, 1_597_334_677)
  }
  return ((one >>> 0) * 0x1_0000_0000 + (other >>> 0)).toString(36)
}

/** Follows the transactions of a connection: what came since the last one began. */
export class Transaction {
  #said: string | undefined

  /** What came before `statement`, parameters included; `undefined` outside of a transaction. */
  add(statement: string, parameters: readonly Field[] = []): string | undefined {
    const before = this.#said
    const said = [statement, ...parameters.map(({ value }) => value)].join('\n')
    if (BEGINS.test(statement)) this.#said = digest(said)
    else if (ENDS.test(statement)) this.#said = undefined
    else if (before !== undefined) this.#said = digest(said, before)
    return before
  }
}

const BEGINS = /^\s*(?:begin|start\s+transaction)\b/i
const ENDS = /^\s*(?:commit|end|rollback(?!\s+(?:work\s+|transaction\s+)?to\b)|abort)\b/i

/** Statements that set something up for a connection, whose answers are all alike. */
export const SETS_UP = /^\s*(?:set|reset|discard|deallocate|use)\b/i
