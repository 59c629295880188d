import { expect, test } from '../helpers/test.ts'
import { WiretapeError } from '../../src/errors.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { type Sample, SAMPLES } from './samples.ts'

/** A member of a file: where it is, and how a path names it. */
interface Member {
  readonly keys: readonly (string | number)[]
  readonly path: string
}

/** All members, but for those that are data of messages. */
function* membersOf(
  value: unknown,
  { data }: Sample,
  keys: readonly (string | number)[] = [],
  path = '',
): Generator<Member> {
  if (typeof value !== 'object' || value === null || data.test(path)) return
  for (const [key, inner] of Object.entries(value)) {
    const name = Array.isArray(value) ? Number(key) : key
    const place = Array.isArray(value) ? `${path}[]` : path === '' ? key : `${path}.${key}`
    const next = [...keys, name]
    if (!Array.isArray(value)) yield { keys: next, path: place }
    yield* membersOf(inner, arguments[1], next, place)
  }
}

/** The file without a member, or with another name for it. */
function changed(file: object, keys: readonly (string | number)[], name?: string): object {
  const copy: object = structuredClone(file)
  const holder = keys.slice(0, -1).reduce((inner: object, key) => Object(Reflect.get(inner, key)), copy)
  const key = keys.at(-1) ?? ''
  const value: unknown = Reflect.get(holder, key)
  Reflect.deleteProperty(holder, key)
  if (name !== undefined) Reflect.set(holder, name, value)
  return copy
}

/** Every event, its bytes as text. */
const shown = ({ recorded, tape }: Cassette): string =>
  JSON.stringify([recorded.at, tape], (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : bufferAsText(value),
  )

/** `JSON.stringify` makes an object of a Buffer before it asks. */
const bufferAsText = (value: unknown): unknown =>
  Object(value).type === 'Buffer' ? Buffer.from(Object(value).data).toString('latin1') : value

/** What a file becomes: a cassette and notes, or an error that says what is wrong. */
function outcome(
  sample: Sample,
  file: object,
): { readonly text: string; readonly notes: readonly string[] } | undefined {
  try {
    const { cassette, notes } = sample.read(file)
    return { text: shown(cassette), notes }
  } catch (error) {
    if (error instanceof WiretapeError) return undefined
    throw error
  }
}

for (const sample of SAMPLES)
  test.describe(sample.name, () => {
    const file: object = structuredClone(sample.file)
    const whole = outcome(sample, file)

    test('is understood, all of it', () => {
      expect(whole?.notes.filter((note) => note.startsWith('not understood'))).toEqual([])
      expect(whole?.text).toContain('"received"')
    })

    test('a member with another name is named, unless nothing is taken from it', () => {
      const silent = Array.from(membersOf(file, sample)).filter(({ keys }) => {
        const name = `${String(keys.at(-1))}Renamed`
        const result = outcome(sample, changed(file, keys, name))
        return result !== undefined && result.text !== whole?.text && !result.notes.some((note) => note.includes(name))
      })
      expect(silent.map(({ path }) => path)).toEqual([])
    })

    test('a member that is gone changes nothing, or is missed', () => {
      const silent = Array.from(membersOf(file, sample)).filter(({ keys, path }) => {
        if (sample.optional.test(path)) return false
        const result = outcome(sample, changed(file, keys))
        return (
          result !== undefined &&
          result.text !== whole?.text &&
          !result.notes.some((note) => !whole?.notes.includes(note))
        )
      })
      expect(silent.map(({ path }) => path)).toEqual([])
    })

    test('a member that nobody knows is named', () => {
      const silent = Array.from(membersOf(file, sample)).flatMap(({ keys, path }) => {
        const holder = changed(file, [...keys.slice(0, -1), 'none'])
        const place = keys.slice(0, -1).reduce((inner: object, key) => Object(Reflect.get(inner, key)), holder)
        Reflect.set(place, 'xUnknown', { a: 1 })
        const result = outcome(sample, holder)
        const isNamed = result === undefined || result.notes.some((note) => note.includes('xUnknown'))
        return isNamed || IGNORED.test(path) ? [] : [path]
      })
      expect(silent).toEqual([])
    })
  })

/** Below these nothing is about the messages. */
const IGNORED =
  /creator|cookies|queryString|client_conn|server_conn|metadata|cache|^meta\b|protocol|socket_address|closed/
