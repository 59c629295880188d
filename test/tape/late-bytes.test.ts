import { expect, test } from '../helpers/test.ts'
import type { BytesEvent } from '../../src/tape/cassette.ts'
import { LateEvent, lateEvent, lengthOf } from '../../src/tape/late-bytes.ts'

const FIELDS = { type: 'received', connection: 3, at: 1.5 } as const
const BYTES = Uint8Array.of(1, 2, 3)

/** Late events of `BYTES`, and how often these were read. */
function counted(): {
  readonly make: (fields?: Omit<BytesEvent, 'bytes'>) => BytesEvent
  readonly reads: () => number
} {
  let reads = 0
  const read = (): Uint8Array => {
    reads += 1
    return BYTES
  }
  return { make: (fields = FIELDS) => lateEvent(fields, BYTES.length, read), reads: () => reads }
}

test.describe('a late event', () => {
  test('says its length without reading its bytes', () => {
    const { make, reads } = counted()
    expect(lengthOf(make())).toBe(3)
    expect(reads()).toBe(0)
  })

  test('of unknown length is read to say its length, and a plain event is counted', () => {
    expect(lengthOf(new LateEvent(FIELDS, { read: () => BYTES }))).toBe(3)
    expect(lengthOf({ ...FIELDS, bytes: BYTES.subarray(1) })).toBe(2)
  })

  test('has the properties of a plain event, `ends` only if there are some', () => {
    const { make } = counted()
    expect(Object.keys(make()).toSorted()).toEqual(['at', 'bytes', 'connection', 'type'])
    expect(Object.assign({}, make({ ...FIELDS, ends: [2] }))).toStrictEqual({ ...FIELDS, ends: [2], bytes: BYTES })
  })

  test('gives plain copies that are read once and keep their bytes', () => {
    const { make, reads } = counted()
    const copy = { ...make(), at: 7 }
    lateEvent(FIELDS, 0, () => new Uint8Array(0)).bytes.toString()
    expect(Object.getOwnPropertyDescriptor(copy, 'bytes')?.value).toBe(BYTES)
    expect([copy.bytes, copy.bytes]).toEqual([BYTES, BYTES])
    expect(reads()).toBe(1)
    expect(structuredClone(make()).bytes).toEqual(BYTES)
  })

  test('is read once for several questions, and again once another one was read', () => {
    const { make, reads } = counted()
    const [one, other] = [make(), make()]
    expect([one.bytes, one.bytes, one.bytes]).toEqual([BYTES, BYTES, BYTES])
    expect(reads()).toBe(1)
    expect(other.bytes).toBe(BYTES)
    expect(one.bytes).toBe(BYTES)
    expect(reads()).toBe(3)
  })

  test('passes on the error of reading, and reads again after it', () => {
    let isThere = false
    const event = lateEvent(FIELDS, 3, () => {
      if (!isThere) throw new Error('no such blob')
      return BYTES
    })
    expect(() => event.bytes).toThrow('no such blob')
    isThere = true
    expect(event.bytes).toBe(BYTES)
  })
})
