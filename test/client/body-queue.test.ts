import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { BodyQueue } from '../../src/client/body-queue.ts'
import { countOf } from '../helpers/share.ts'

test.describe('a queue of body bytes', () => {
  test('returns every byte once and in order, for any way of adding and taking, and never changes returned bytes', () => {
    const size = fc.constantFrom(0, 1, 2, 63, 64, 65, 1_000, 5_000, 70_000)
    const step = fc.oneof(
      fc.record({ type: fc.constant('add' as const), size }),
      fc.record({ type: fc.constant('copy' as const), size, expected: fc.option(fc.nat(200_000), { nil: undefined }) }),
      fc.record({ type: fc.constant('reserve' as const), size: fc.nat(200_000) }),
      fc.record({ type: fc.constant('shift' as const) }),
      fc.record({ type: fc.constant('takeAll' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(150_000), (steps, usual) => {
        const queue = new BodyQueue(usual)
        const lent = Buffer.alloc(70_010)
        const came: Buffer[] = []
        const taken: Uint8Array[] = []
        for (const [index, one] of steps.entries()) {
          switch (one.type) {
            case 'add': {
              const piece = Buffer.alloc(one.size, index + 1)
              came.push(piece)
              queue.add(piece)
              break
            }
            case 'copy':
              lent.fill(index + 1)
              came.push(Buffer.alloc(one.size, index + 1))
              queue.copy(lent, 5, 5 + one.size, one.expected)
              lent.fill(0xff) // it was only lent
              break
            case 'reserve':
              queue.reserve(one.size)
              break
            case 'shift': {
              const piece = queue.shift()
              if (piece !== undefined) taken.push(piece)
              break
            }
            case 'takeAll':
              taken.push(queue.takeAll())
          }
        }
        expect(queue.total).toBe(Buffer.concat(came).length)
        expect(queue.length).toBe(queue.total - Buffer.concat(taken).length)
        taken.push(queue.takeAll())
        return Buffer.concat(taken).equals(Buffer.concat(came))
      }),
      { numRuns: countOf(150, 500) },
    )
  })

  test('keeps no memory of a long body for a short one', () => {
    const queue = new BodyQueue(100_000)
    queue.copy(Buffer.from('short'), 0, 5, undefined)
    // From the pool, which Node 26 aligns.
    expect(queue.takeAll().buffer.byteLength).toBeLessThan(Math.min(2 * Buffer.poolSize, 100_000))
  })

  test('copies a reserved body to its final memory', () => {
    const queue = new BodyQueue(0)
    queue.add(Buffer.alloc(50_000, 'a'))
    queue.reserve(100_000)
    queue.copy(Buffer.alloc(20_000, 'b'), 0, 20_000, undefined)
    queue.add(Buffer.alloc(30_000, 'c'))
    expect(queue.takeAll().buffer.byteLength).toBe(100_000)
  })

  test('takes a whole body that comes in one piece as it is, reserved or not', () => {
    const body = Buffer.from('whole')
    for (const reserved of [0, 4, 5, 6]) {
      const queue = new BodyQueue(0)
      queue.reserve(reserved)
      queue.add(body)
      expect([reserved, queue.takeAll() === body, queue.length]).toEqual([reserved, reserved !== 6, 0])
    }
  })

  test('copies what is added to the reserved memory while it fits, to the byte', () => {
    for (const [second, isCopied] of [
      [3_999, true],
      [4_000, true],
      [4_001, false],
    ] as const) {
      const queue = new BodyQueue(0)
      queue.reserve(10_000)
      queue.add(Buffer.alloc(6_000, 'a'))
      const piece = Buffer.alloc(second, 'b')
      queue.add(piece)
      expect(queue.length).toBe(6_000 + second)
      const first = queue.shift()
      expect([second, first?.length, first?.buffer.byteLength]).toEqual([
        second,
        isCopied ? 6_000 + second : 6_000,
        10_000,
      ])
      expect(queue.shift() === piece).toBe(!isCopied)
    }
  })

  test('does not copy what is added to memory that was not reserved for the whole body', () => {
    const queue = new BodyQueue(0)
    queue.copy(Buffer.alloc(6_000, 'a'), 0, 6_000, 20_000)
    const piece = Buffer.alloc(10, 'b')
    queue.add(piece)
    expect(queue.shift()).toEqual(Buffer.alloc(6_000, 'a'))
    expect(queue.shift()).toBe(piece)
    expect(queue.shift()).toBeUndefined()
    // Nothing can be copied after the first bytes once more was added.
    expect([queue.length, queue.total]).toEqual([0, 6_010])
  })

  test('reserves no longer after the body outgrew it', () => {
    const queue = new BodyQueue(9_000)
    queue.reserve(5_000)
    queue.copy(Buffer.alloc(5_000, 'a'), 0, 5_000, undefined)
    queue.copy(Buffer.from('b'), 0, 1, undefined)
    const piece = Buffer.from('c')
    queue.add(piece)
    expect([queue.shift()?.length, String(queue.shift()), queue.shift() === piece]).toEqual([5_000, 'b', true])
  })

  test('reserves nothing for a body that has come, nor for more than 64 MiB', () => {
    for (const length of [4, 5]) {
      const queue = new BodyQueue(0)
      const body = Buffer.from('whole')
      queue.add(body)
      queue.reserve(length)
      expect(queue.takeAll()).toBe(body)
    }
    for (const [length, memory] of [
      [67_108_864, 67_108_864],
      [67_108_865, 5_000],
    ] as const) {
      const queue = new BodyQueue(5_000)
      queue.reserve(length)
      queue.copy(Buffer.from('abc'), 0, 3, undefined)
      expect(queue.shift()?.buffer.byteLength).toBe(memory)
    }
  })

  test('counts what was added once, even if it is reserved for later', () => {
    const queue = new BodyQueue(0)
    queue.add(Buffer.from('one'))
    queue.add(Buffer.from('two'))
    queue.reserve(100)
    expect([queue.length, queue.total]).toEqual([6, 6])
    queue.copy(Buffer.from('-three-'), 1, 6, undefined)
    expect([queue.length, queue.total, String(queue.takeAll())]).toEqual([11, 11, 'onetwothree'])
    expect([queue.length, queue.total, queue.takeAll().length]).toEqual([0, 11, 0])
  })

  for (const [what, usual, counts, expected, memory] of [
    ['as announced', 50_000, [10], 20_000, [20_000]],
    ['as the last body had, if nothing is announced', 50_000, [10], undefined, [50_000]],
    ['twice as much each time, if nothing is known', 5_000, [5_000, 10, 9_991], undefined, [5_000, 10_000, 20_000]],
    ['as much as there is, if less is announced', 50_000, [6_000], 5_000, [6_000]],
    ['128 KiB at most before the bytes are there', 0, [10], 131_073, [131_072]],
    ['more if more is there', 0, [131_073], 131_073, [131_073]],
  ] as const) {
    test(`copies to as much memory ${what}`, () => {
      const queue = new BodyQueue(usual)
      const found: unknown[] = []
      for (const count of counts) {
        queue.copy(Buffer.alloc(count), 0, count, expected)
        found.push(queue.shift()?.buffer.byteLength)
      }
      expect(found).toEqual(memory)
    })
  }

  test('uses the rest of its memory for later bytes, to the last one', () => {
    const queue = new BodyQueue(0)
    queue.copy(Buffer.alloc(6_000, 'a'), 0, 6_000, 8_000)
    const first = queue.shift()
    queue.copy(Buffer.alloc(2_000, 'b'), 0, 2_000, undefined)
    const second = queue.shift()
    expect([first?.length, second?.length, second?.byteOffset]).toEqual([6_000, 2_000, 6_000])
    expect(second?.buffer).toBe(first?.buffer)
    queue.copy(Buffer.from('c'), 0, 1, 5_000)
    expect(queue.shift()?.buffer).not.toBe(first?.buffer)
  })

  test('takes the pieces and what was copied after them in order, and no byte twice', () => {
    const queue = new BodyQueue(0)
    queue.add(Buffer.from('one'))
    queue.copy(Buffer.from('two'), 0, 3, 100)
    expect(String(queue.takeAll())).toBe('onetwo')
    queue.copy(Buffer.from('a'), 0, 1, 6_000)
    expect(String(queue.shift())).toBe('a')
    queue.copy(Buffer.alloc(5_902, 'b'), 0, 5_902, 5_902)
    const second = queue.shift()
    queue.copy(Buffer.from('c'), 0, 1, 5_000)
    queue.shift()
    queue.copy(Buffer.alloc(4_999, 'd'), 0, 4_999, undefined)
    expect([second?.length, queue.shift()]).toEqual([5_902, Buffer.alloc(4_999, 'd')])
  })

  test('takes small memory from the pool of Node, and no larger one', () => {
    for (const [size, isPooled] of [
      [100, true],
      [4_097, false],
    ] as const) {
      const queue = new BodyQueue(size)
      queue.copy(Buffer.from('a'), 0, 1, undefined)
      expect([size, (queue.shift()?.buffer.byteLength ?? 0) > size]).toEqual([size, isPooled])
    }
  })

  test('gives a body its own memory if it fills less than half of what was expected', () => {
    for (const [length, memory] of [
      [4_999, 10_000],
      [5_000, 10_000],
    ] as const) {
      const queue = new BodyQueue(memory)
      queue.copy(Buffer.alloc(length), 0, length, undefined)
      expect([length, queue.takeAll().buffer.byteLength === memory]).toEqual([length, length === 5_000])
    }
  })
})
