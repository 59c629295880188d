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
})
