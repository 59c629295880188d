import { expect, test } from '../helpers/test.ts'
import { describeError, rebuildError, textOfError } from '../../src/tape/socket-error.ts'
import type { SocketError } from '../../src/tape/cassette.ts'

/** Errors of sockets, and what a cassette keeps of them. */
// oxfmt-ignore
const ERRORS: readonly (readonly [error: Error, kept: SocketError])[] = [
  [new Error('plain'), { message: 'plain' }],
  [new TypeError('typed'), { message: 'typed', name: 'TypeError' }],
  [
    Object.assign(new Error('read ECONNRESET'), { errno: -104, code: 'ECONNRESET', syscall: 'read' }),
    { message: 'read ECONNRESET', code: 'ECONNRESET', facts: { errno: -104, syscall: 'read' } },
  ],
  [
    Object.assign(new Error('facts'), { port: 5432, half: 0.5, none: Number.NaN, big: 2 ** 53, is: true, what: null, list: [1], 'a-b': 'x', _c: 'y', D1: '' }),
    { message: 'facts', facts: { port: 5432, D1: '' } },
  ],
  [Object.assign(new Error('code'), { code: 7, cause: 'x', stack: 'y', name: 'Own' }), { message: 'code', name: 'Own' }],
  [
    new AggregateError([new Error('one'), 'no error', Object.assign(new Error('two'), { port: 1 })], ''),
    { message: '', name: 'AggregateError', errors: [{ message: 'one' }, { message: 'two', facts: { port: 1 } }] },
  ],
]

for (const [error, kept] of ERRORS)
  test(`of the error ${JSON.stringify(kept.message)} what a program can use is kept, and made again`, () => {
    expect(describeError(error)).toEqual(kept)
    const again = rebuildError(kept)
    expect(describeError(again)).toEqual(kept)
    expect([again instanceof AggregateError, again.name]).toEqual([error instanceof AggregateError, error.name])
  })

const made = (code: string | undefined, facts: SocketError['facts']): unknown =>
  Reflect.get(rebuildError({ message: 'a', code, facts }), 'errno')

test('an error has the number that this system has for its code', () => {
  const own = Number(made('ECONNRESET', { errno: 1 }))
  expect(own).toBeLessThan(0)
  expect(made('ECONNRESET', { errno: own })).toBe(own)
  expect(made('ENOTHING', { errno: -5 })).toBe(-5)
  expect([made(undefined, { errno: -6 }), made('ECONNRESET', { errno: 'E' }), made('ECONNRESET', {})]).toEqual([
    -6,
    'E',
    undefined,
  ])
})

test('each part of an error changes its text, the order of its facts does not', () => {
  const whole: SocketError = { message: 'm', name: 'N', code: 'C', facts: { a: 1, b: 'x' }, errors: [{ message: 'i' }] }
  const texts = [
    whole,
    { ...whole, message: 'n' },
    { ...whole, name: undefined },
    { ...whole, code: undefined },
    { ...whole, facts: { a: 1 } },
    { ...whole, facts: undefined },
    { ...whole, errors: [{ message: 'j' }] },
    { ...whole, errors: undefined },
  ].map(textOfError)
  expect(new Set(texts).size).toBe(texts.length)
  expect(textOfError({ ...whole, facts: { b: 'x', a: 1 } })).toBe(texts[0])
  expect(texts[0]).toBe('error N C 1\nma=1\nb=x\nerror - - 1\ni')
})
