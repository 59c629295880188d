import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { addPiece } from '../../src/client/pieces.ts'

test.describe('waiting pieces of a body', () => {
  test('keep their bytes and order, and taken bytes do not change', () => {
    const sizes = fc.constantFrom(1, 1, 1, 2, 500, 1_024, 1_025, 20_000)
    const step = fc.record({ size: sizes, times: fc.integer({ min: 1, max: 400 }), taken: fc.nat(600) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
        const waiting: Uint8Array[] = []
        const taken: Uint8Array[] = []
        let next = 0
        for (const { size, times, taken: count } of steps) {
          for (let time = 0; time < times; time += 1) {
            next += 1
            addPiece(waiting, Buffer.alloc(size, next))
          }
          taken.push(...waiting.splice(0, count))
        }
        const sent = steps.flatMap(({ size, times }) => Array.from({ length: times }, () => size))
        const expected = Buffer.concat(sent.map((size, index) => Buffer.alloc(size, index + 1)))
        return Buffer.concat([...taken, ...waiting]).equals(expected)
      }),
      { numRuns: 200 },
    )
  })

  test('stay unchanged while they are few or large, and are joined when they are many and small', () => {
    const few = Array.from({ length: 256 }, () => Buffer.from('a'))
    const pieces: Uint8Array[] = []
    for (const piece of few) addPiece(pieces, piece)
    expect(pieces).toEqual(few)
    for (let count = 0; count < 100_000; count += 1) addPiece(pieces, Buffer.from('b'))
    expect(pieces.length).toBeLessThan(256 + 100_000 / 16_384 + 1)
    const large = Buffer.alloc(1_025)
    addPiece(pieces, large)
    expect(pieces.at(-1)).toBe(large)
  })

  test('are joined to as much as 16 KiB, and only if they are of 1 KiB or less', () => {
    const pieces: Uint8Array[] = []
    for (let count = 0; count < 256; count += 1) addPiece(pieces, Buffer.from('a'))
    const lengths = (): number[] => pieces.slice(256).map(({ length }) => length)
    for (let count = 0; count < 15; count += 1) addPiece(pieces, Buffer.alloc(1_024))
    addPiece(pieces, Buffer.alloc(1_023))
    expect(lengths()).toEqual([16_383])
    addPiece(pieces, Buffer.from('b'))
    expect(lengths()).toEqual([16_384])
    addPiece(pieces, Buffer.from('c'))
    expect(lengths()).toEqual([16_384, 1])
    for (let count = 0; count < 15; count += 1) addPiece(pieces, Buffer.alloc(1_024))
    addPiece(pieces, Buffer.alloc(1_024))
    expect(lengths()).toEqual([16_384, 15_361, 1_024])
    addPiece(pieces, Buffer.alloc(1_025))
    addPiece(pieces, Buffer.from('d'))
    expect(lengths()).toEqual([16_384, 15_361, 1_024, 1_025, 1])
  })

  test('of two lists never grow into each other', () => {
    const [one, other]: [Uint8Array[], Uint8Array[]] = [[], []]
    for (let count = 0; count < 300; count += 1) addPiece(one, Buffer.from('a'))
    // The last of them, which may still grow, is handed on.
    for (const piece of one) addPiece(other, piece)
    addPiece(other, Buffer.from('x'))
    addPiece(one, Buffer.from('y'))
    expect(Buffer.concat(one).toString()).toBe(`${'a'.repeat(300)}y`)
    expect(Buffer.concat(other).toString()).toBe(`${'a'.repeat(300)}x`)
  })
})
