import { expect, test } from '../helpers/test.ts'
import { Redactor } from '../../src/redaction/redact-cassette.ts'
import { TextMemory } from '../../src/redaction/text-memory.ts'
import type { TapeEvent } from '../../src/tape/cassette.ts'

const SECRET = 'qM4xT8vR2nW6yB1cZ5kP9sD3'

/** One exchange, as a record. */
function exchange(at: number, asked: string, answered: string): readonly TapeEvent[] {
  const sent = Buffer.from(`GET / HTTP/1.1\r\nHost: api.test\r\n${asked}\r\n`)
  const received = Buffer.from(`HTTP/1.1 200 OK\r\n${answered}`)
  return [
    { type: 'sent', connection: 1, at, bytes: sent },
    { type: 'received', connection: 1, at: at + 0.5, bytes: received },
  ]
}

const withBody = (body: string, fields = ''): string => `${fields}Content-Length: ${body.length}\r\n\r\n${body}`

const textOf = (tape: readonly TapeEvent[]): string =>
  tape.map((event) => ('bytes' in event ? Buffer.from(event.bytes).toString('latin1') : '')).join('')

const lengthIn = (tape: readonly TapeEvent[]): string => /Content-Length: (\d+)/.exec(textOf(tape))?.[1] ?? ''

test.describe('what comes again', () => {
  test('is looked at anew once more is known', () => {
    const redactor = new Redactor()
    const line = `X-Note: see ${SECRET}\r\n`
    const body = `the note is ${SECRET}, `.padEnd(5000, 'and so on ')
    const first = redactor.redact(exchange(1, '', withBody(body, line)))
    expect(textOf(first).split(SECRET)).toHaveLength(3)
    redactor.redact(exchange(2, '', withBody(`{"access_token":"${SECRET}"}`)))
    expect(redactor.hasFoundLate).toBe(true)

    const again = redactor.redact(exchange(3, '', withBody(body, line)))
    expect(textOf(again)).not.toContain(SECRET)
    expect(textOf(again).split('{{token.1}}')).toHaveLength(3)
    expect(textOf(redactor.redact(exchange(4, '', withBody(body, line))))).toBe(textOf(again))
  })

  test('has the same placeholders each time, beside what is new', () => {
    const redactor = new Redactor()
    const login = `Authorization: Bearer ${SECRET}\r\n`
    const [one, two, three] = ['a', 'b', 'c'].map((id, at) =>
      textOf(redactor.redact(exchange(at, login, withBody(`{"id":"${id}","password":"hunter22-${id}"}`)))),
    )
    for (const text of [one, two, three]) expect(text).toContain('Authorization: Bearer {{authorization.1}}\r\n')
    expect(one).toContain('{"id":"a","password":"{{password.1}}"}')
    expect(three).toContain('{"id":"c","password":"{{password.3}}"}')
    expect(redactor.report.placeholders).toEqual([
      '{{authorization.1}}',
      '{{password.1}}',
      '{{password.2}}',
      '{{password.3}}',
    ])
  })

  test('counts in a request, though an answer had it before', () => {
    const redactor = new Redactor()
    const line = `X-Custom: ${SECRET}\r\n`
    expect(textOf(redactor.redact(exchange(1, '', withBody('ok', line))))).toContain(SECRET)
    expect(textOf(redactor.redact(exchange(2, line, withBody('ok'))))).not.toContain(SECRET)
  })

  test('is read as what it answers', () => {
    const redactor = new Redactor()
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n'
    const body = `{"password":"${SECRET}"}`.padEnd(40)
    const record = (at: number, method: string): readonly TapeEvent[] => [
      { type: 'sent', connection: at, at, bytes: Buffer.from(`${method} / HTTP/1.1\r\nHost: api.test\r\n\r\n`) },
      { type: 'received', connection: at, at, bytes: Buffer.from(answer + body) },
    ]
    // The body of an answer to HEAD is none, so its length stays.
    expect(lengthIn(redactor.redact(record(1, 'GET')))).not.toBe('40')
    expect(lengthIn(redactor.redact(record(2, 'HEAD')))).toBe('40')
    expect(lengthIn(redactor.redact(record(3, 'GET')))).not.toBe('40')
  })
})

test.describe('TextMemory', () => {
  test('holds no more characters than it may, and no longer text', () => {
    const memory = new TextMemory<number>(100, 1000)
    memory.set('a', 'x'.repeat(101), 1)
    expect(memory.get('a', 'x'.repeat(101))).toBeUndefined()
    const kept = (count: number): number =>
      Array.from({ length: count }, (_, k) => memory.get('a', `text ${k}`)).filter((value) => value !== undefined)
        .length
    for (let k = 0; k < 200; k += 1) {
      memory.set('a', `text ${k}`, k)
      expect(memory.get('a', `text ${k}`)).toBe(k)
      expect(kept(k + 1)).toBeLessThan(16)
    }
    expect(kept(200)).toBeGreaterThan(0)
  })

  test('tells kinds apart, and forgets all when it is cleared', () => {
    const memory = new TextMemory<number>(100, 1000)
    memory.set('a', 'one', 1)
    memory.set('b', 'one', 2)
    expect([memory.get('a', 'one'), memory.get('b', 'one'), memory.get('c', 'one')]).toEqual([1, 2, undefined])
    memory.clear()
    expect(memory.get('a', 'one')).toBeUndefined()
  })
})
