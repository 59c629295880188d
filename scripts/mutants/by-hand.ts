/**
 * Changes that somebody thought of, from a file: `[{ "file": "store/journal.ts", "from": "...", "to": "..." }]`.
 *
 * `from` is one whole expression or statement that stands once in the file; `to` stands in its place, `;` for nothing.
 */
import { type Mutant } from './mutations.ts'
import { nodesOf } from './syntax.ts'

interface Written {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** @throws Error for a change that says no place, or more than one. */
export function mutantsByHand(list: unknown, sourceOf: (file: string) => string): readonly Mutant[] {
  if (!Array.isArray(list)) throw new Error('a list of changes is a JSON array')
  return list.map((one: unknown, index) => {
    if (!isWritten(one)) throw new Error(`change ${index + 1} is not { file, from, to }`)
    try {
      return mutantFor(one, sourceOf(one.file))
    } catch (error) {
      throw new Error(`change ${index + 1}, in ${one.file}: ${String(error)}`, { cause: error })
    }
  })
}

const isWritten = (one: unknown): one is Written =>
  typeof one === 'object' &&
  one !== null &&
  ['file', 'from', 'to'].every((name) => typeof Reflect.get(one, name) === 'string')

function mutantFor({ file, from, to }: Written, source: string): Mutant {
  const start = source.indexOf(from)
  if (start === -1 || source.includes(from, start + 1)) throw new Error(`it must stand there once: ${from}`)
  const end = start + from.length
  const types = nodesOf(file, source)
    .filter((node) => node.start === start && node.end === end)
    .map(({ type }) => type)
  const isStatement = types.some((type) => type.endsWith('Statement'))
  const isExpression = types.some((type) => !type.endsWith('Statement') && !type.endsWith('Declaration'))
  if (!isStatement && !isExpression) throw new Error(`it is not one whole expression or statement: ${from}`)
  const part = isStatement && (to === ';' || !isExpression) ? 'statement' : 'expression'
  const line = source.slice(0, start).split('\n').length
  return { file, line, start, end, text: to, part, what: `${from.split('\n', 1)[0]} -> ${to.split('\n', 1)[0]}` }
}
