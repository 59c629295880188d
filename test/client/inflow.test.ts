import { Socket } from 'node:net'
import { expect, test } from '../helpers/test.ts'
import { Inflow } from '../../src/client/inflow.ts'
import { nextTurn } from '../helpers/scripted-transport.ts'

/** A socket that notes each pause and resume. */
function socketOf(inflow: Inflow): { readonly told: string[] } {
  const told: string[] = []
  const socket = new Socket()
  const noted = Object.assign(socket, {
    pause: () => {
      told.push('pause')
      return Socket.prototype.pause.call(socket)
    },
    resume: () => {
      told.push('resume')
      return Socket.prototype.resume.call(socket)
    },
  })
  inflow.attach(noted)
  return { told }
}

/** The system has read so many bytes of a letter into the buffer. */
function arrive(inflow: Inflow, length: number, letter: string): Uint8Array {
  const { onread } = inflow
  const target = typeof onread.buffer === 'function' ? onread.buffer() : onread.buffer
  target.fill(letter.charCodeAt(0), 0, length)
  onread.callback(length, target)
  return target
}

/** Borrows once, and notes what came. */
function borrow(inflow: Inflow, heard: string[]): void {
  inflow.receive({
    onBytes: (buffer, length) => void heard.push(Buffer.from(buffer.subarray(0, length)).toString('latin1')),
    onEnd: () => void heard.push('end'),
    onFailure: ({ message }) => void heard.push(`(${message})`),
  })
}

const text = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('latin1')

test('what nobody has asked for waits in its order, in memory of its own; then comes the end', async () => {
  const inflow = new Inflow()
  for (const letter of ['a', 'b']) arrive(inflow, 3, letter)
  inflow.add(Buffer.from('cd'))
  inflow.end()
  expect(text(await inflow.read())).toBe('aaa')
  const heard: string[] = []
  borrow(inflow, heard)
  expect(heard).toEqual([])
  await nextTurn()
  expect(heard).toEqual(['bbb'])
  expect(text(await inflow.read())).toBe('cd')
  for (const _ of [1, 2]) expect(await inflow.read()).toBeNull()
  borrow(inflow, heard)
  await nextTurn()
  expect(heard).toEqual(['bbb', 'end'])
})

test('a reader that waits gets what comes next, once', async () => {
  const inflow = new Inflow()
  const first = inflow.read()
  arrive(inflow, 2, 'a')
  arrive(inflow, 2, 'b')
  expect(text(await first)).toBe('aa')
  expect(text(await inflow.read())).toBe('bb')
  const heard: string[] = []
  borrow(inflow, heard)
  const lent = arrive(inflow, 4, 'c')
  expect(heard).toEqual(['cccc'])
  // A borrower leaves the buffer as it was, for the next bytes.
  expect(arrive(inflow, 1, 'd')).toBe(lent)
  expect(heard).toEqual(['cccc'])
  borrow(inflow, heard)
  await nextTurn()
  expect(heard).toEqual(['cccc', 'd'])
  borrow(inflow, heard)
  inflow.add(Buffer.from('ef'))
  expect(heard).toEqual(['cccc', 'd', 'ef'])
  for (const [end, seen] of [
    [(one: Inflow) => one.end(), 'end'],
    [(one: Inflow) => one.fail(new Error('reset')), '(reset)'],
  ] as const) {
    const other = new Inflow()
    const said: string[] = []
    borrow(other, said)
    end(other)
    expect(said).toEqual([seen])
    const owner = new Inflow()
    const read = owner.read().then(text, ({ message }: Error) => `(${message})`)
    end(owner)
    expect(await read).toBe(seen === 'end' ? null : seen)
  }
})

test('a large piece takes the buffer with it, a small one is copied', async () => {
  const inflow = new Inflow()
  const buffer = arrive(inflow, 32_768, 'a')
  expect(arrive(inflow, 32_769, 'b')).toBe(buffer)
  expect(arrive(inflow, 1, 'c')).not.toBe(buffer)
  const [small, large] = [await inflow.read(), await inflow.read()]
  expect(small?.buffer === buffer.buffer).toBe(false)
  expect(large?.buffer === buffer.buffer).toBe(true)
  expect([text(small), text(large)]).toEqual(['a'.repeat(32_768), 'b'.repeat(32_769)])
})

test('the first failure is told after the bytes before it, and nothing comes after it', async () => {
  const inflow = new Inflow()
  arrive(inflow, 1, 'a')
  inflow.fail(new Error('first'))
  inflow.fail(new Error('second'))
  arrive(inflow, 1, 'b')
  expect(text(await inflow.read())).toBe('a')
  for (const _ of [1, 2]) await expect(inflow.read()).rejects.toThrow('first')
  const heard: string[] = []
  borrow(inflow, heard)
  await nextTurn()
  expect(heard).toEqual(['(first)'])
  expect(inflow.failure?.message).toBe('first')
})

test('a connection that this side has ended gives nothing of what waited, not even its end', async () => {
  const inflow = new Inflow()
  const { told } = socketOf(inflow)
  inflow.add(Buffer.alloc(262_144))
  inflow.end()
  inflow.clear()
  inflow.fail(new Error('closed'))
  await expect(inflow.read()).rejects.toThrow('closed')
  expect(told).toEqual(['pause'])
  const other = new Inflow()
  const flow = socketOf(other)
  other.add(Buffer.alloc(262_143))
  other.clear()
  // Nothing of it counts any more.
  other.add(Buffer.alloc(262_143))
  expect(flow.told).toEqual([])
})

test('the socket pauses while too much waits, and goes on as soon as it does not', async () => {
  const inflow = new Inflow()
  const { told } = socketOf(inflow)
  inflow.add(Buffer.alloc(262_143))
  expect(told).toEqual([])
  inflow.add(Buffer.alloc(1))
  expect(told).toEqual(['pause'])
  inflow.add(Buffer.alloc(262_144))
  told.length = 0
  await inflow.read()
  expect(told).toEqual([])
  await inflow.read()
  expect(told).toEqual([])
  await inflow.read()
  expect(told).toEqual(['resume'])
})
