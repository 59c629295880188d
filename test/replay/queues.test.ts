import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { DueQueue } from '../../src/replay/due-queue.ts'
import { Fifo } from '../../src/replay/fifo.ts'

/** What is done to a queue: a number is pushed, `'shift'`, `'clear'`. */
const ACTS = fc.array(fc.oneof(fc.integer(), fc.constantFrom('shift', 'shift', 'shift', 'clear')), { maxLength: 60 })

test('a Fifo gives what an array gives, with the first one and the length of it', () => {
  fc.assert(
    fc.property(ACTS, (acts) => {
      const [fifo, array] = [new Fifo<number>(), Array<number>()]
      for (const act of acts) {
        if (act === 'shift') expect(fifo.shift()).toBe(array.shift())
        else if (act === 'clear') {
          fifo.clear()
          array.length = 0
        } else if (typeof act === 'number') {
          fifo.push(act)
          array.push(act)
        }
        expect([fifo.length, fifo.first]).toEqual([array.length, array[0]])
      }
    }),
  )
})

test('a DueQueue gives what an array gives, whether or not somebody looks', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.array(fc.integer(), { maxLength: 3 }), fc.nat(3), fc.boolean())), (turns) => {
      const [queue, array] = [new DueQueue<number>(), Array<number>()]
      for (const [items, shifts, looks] of turns) {
        queue.push(items)
        array.push(...items)
        if (looks) expect(queue.isEmpty).toBe(array.length === 0)
        for (let shift = 0; shift < shifts; shift += 1) expect(queue.shift()).toBe(array.shift())
      }
    }),
  )
})

test('a DueQueue makes nothing before its turn, and nothing after it was cleared', () => {
  const made: number[] = []
  function* items(): Generator<number> {
    for (let item = 0; item < 9; item += 1) {
      made.push(item)
      yield item
    }
  }
  const queue = new DueQueue<number>()
  queue.push(items())
  expect([queue.shift(), queue.isEmpty, made]).toEqual([0, false, [0, 1]])
  queue.clear()
  expect([queue.isEmpty, queue.shift(), made]).toEqual([true, undefined, [0, 1]])
})
