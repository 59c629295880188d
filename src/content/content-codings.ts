import { listElements } from '../http1/framing.ts'
import { isToken } from '../http1/grammar.ts'
import { canUndoZstd, type Coding, CODINGS } from './coding-table.ts'
import { DecodeError } from './decode-error.ts'

/** A parsed `Content-Encoding` field (RFC 9110 section 8.4). */
export interface ContentCodings {
  /** In the order in which they were applied. */
  readonly codings: readonly Coding[]
  /** Elements that are not codings: `none`, and those that are not tokens, such as `br;q=1`. Read as identity. */
  readonly ignored: readonly string[]
}

/**
 * Reads a `Content-Encoding` value; `identity` is ignored.
 *
 * @throws DecodeError `UNKNOWN_CODING`, `TOO_MANY_CODINGS`.
 */
export function contentCodings(value: string | undefined, maxCodings: number): ContentCodings {
  const elements = listElements(value ?? '').filter((element) => element !== 'identity')
  const ignored = elements.filter((element) => element === 'none' || !isToken(element))
  const names = elements.filter((element) => !ignored.includes(element))
  if (names.length > maxCodings) throw new DecodeError('TOO_MANY_CODINGS', `${names.length}, at most ${maxCodings}`)
  return { codings: names.map(codingNamed), ignored }
}

function codingNamed(name: string): Coding {
  const coding = CODINGS.get(name)
  if (coding === undefined) throw new DecodeError('UNKNOWN_CODING', JSON.stringify(name))
  if (name === 'zstd' && !canUndoZstd()) {
    throw new DecodeError('UNKNOWN_CODING', `zstd needs Node 24 or later, this is ${process.versions.node}`)
  }
  return coding
}
