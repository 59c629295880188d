import { expect, test } from '../helpers/test.ts'
import { copyBytes, ReceiveBuffer } from '../../src/http1/receive-buffer.ts'
import { ResponseParser } from '../../src/http1/response-parser.ts'

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
const contentOf = (buffer: ReceiveBuffer): string => buffer.text(buffer.length)

test.describe('ReceiveBuffer', () => {
  test('keeps the rest of a segment whose bytes change afterwards', () => {
    const lent = latin1('abcdef')
    const buffer = new ReceiveBuffer()
    buffer.push(lent)
    buffer.consume(2)
    buffer.keep()
    lent.fill('x')
    expect(contentOf(buffer)).toBe('cdef')
    buffer.push(latin1('gh'))
    expect({ text: contentOf(buffer), offset: buffer.offset }).toEqual({ text: 'cdefgh', offset: 2 })
  })

  test('copies the rest only once: bytes that it owns are not copied again', () => {
    const buffer = new ReceiveBuffer()
    buffer.push(latin1('ab'))
    buffer.keep()
    const { bytes } = buffer
    buffer.keep()
    expect(buffer.bytes).toBe(bytes)
  })

  test('uses a segment without a copy while it is empty, and copies no more of it than its length', () => {
    const segment = latin1('abcd')
    const buffer = new ReceiveBuffer()
    buffer.push(segment, 3)
    expect(buffer.bytes).toBe(segment)
    expect(contentOf(buffer)).toBe('abc')
    buffer.push(latin1('efgh'), 1)
    expect(contentOf(buffer)).toBe('abce')
  })

  test('never overwrites bytes that it has handed out', () => {
    const buffer = new ReceiveBuffer()
    buffer.push(latin1('ab'))
    buffer.push(latin1('cd'))
    const taken = buffer.take(3)
    for (let index = 0; index < 2000; index += 1) buffer.push(latin1('zz'))
    expect(Buffer.from(taken).toString()).toBe('abc')
    expect(contentOf(buffer)).toBe(`d${'zz'.repeat(2000)}`)
  })

  test('takes segments of any length after the first one, each as it was', () => {
    for (const length of [1, 63, 64, 65, 511, 1023, 1024, 2000]) {
      const buffer = new ReceiveBuffer()
      buffer.push(latin1('ab'))
      buffer.consume(1)
      const texts = ['c', 'd', 'e'].map((char) => char.repeat(length))
      for (const text of texts) buffer.push(new Uint8Array(latin1(text)))
      expect([length, contentOf(buffer), buffer.offset]).toEqual([length, `b${texts.join('')}`, 1])
    }
  })

  test('hands out a whole segment itself, and a part as a view of it', () => {
    const segment = latin1('abcd')
    const buffer = new ReceiveBuffer()
    buffer.push(segment)
    expect(buffer.take(4)).toBe(segment)
    buffer.push(segment)
    expect(buffer.take(2).buffer).toBe(segment.buffer)
    expect({ rest: contentOf(buffer), offset: buffer.offset }).toEqual({ rest: 'cd', offset: 6 })
  })
})

test('bytes are copied from a part of a view to a place, few or many, and nothing else changes', () => {
  const all = Uint8Array.from({ length: 300 }, (_, index) => index % 251)
  const source = all.subarray(10)
  for (const count of [0, 1, 63, 64, 65, 66, 200]) {
    const target = new Uint8Array(250).fill(255)
    copyBytes(source, 5, 5 + count, target, 7)
    const expected = [
      ...Array.from({ length: 7 }, () => 255),
      ...all.subarray(15, 15 + count),
      ...Array.from({ length: 243 - count }, () => 255),
    ]
    expect([count, ...target]).toEqual([count, ...expected])
  }
})

test.describe('ResponseParser', () => {
  test('reads the head correctly from a reused buffer, cut at any place', () => {
    const wire = 'HTTP/1.1 200 OK\r\nServer: one\r\nContent-Length: 0\r\n\r\n'
    for (let cut = 1; cut < wire.length; cut += 1) {
      const lent = Buffer.alloc(wire.length)
      const parser = new ResponseParser()
      parser.expectResponseTo('GET')
      for (const part of [wire.slice(0, cut), wire.slice(cut)]) {
        lent.fill('?').write(part, 'latin1')
        parser.push(lent, part.length)
        const head = parser.next()
        if (part.length + cut === wire.length && head !== undefined)
          expect(head).toMatchObject({ status: 200, reason: 'OK', fields: [{ value: 'one' }, { value: '0' }] })
        else parser.keep()
      }
      expect(parser.next()?.type, `cut at ${cut}`).toBe('end-of-message')
    }
  })
})
