import { expect, test } from './helpers/test.ts'
import { checkOptions, pickOptions } from '../src/options.ts'

const KNOWN = { matchOn: true, mode: true, redact: true, maxAge: true } as const

function refusalOf(options: object): string | undefined {
  try {
    checkOptions<object>('useCassette', options, KNOWN)
    return undefined
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
}

const UNKNOWN = 'LocalProtocolError: there is no such option: '

const check = (): void => checkOptions<object>('x', { cat: 1 }, { bat: true, hat: true })

test.describe('options', () => {
  test('that are known pass, and so does what is undefined', () => {
    for (const options of [
      {},
      { mode: 1 },
      { matchOn: 1, mode: undefined, redact: 0, maxAge: '' },
      { other: undefined },
    ])
      expect(refusalOf(options)).toBeUndefined()
  })

  test('that are not known are refused, with the one that was probably meant', () => {
    // oxfmt-ignore
    const CASES: readonly (readonly [name: string, advice: string])[] = [
      ['matchon',    'did you mean matchOn?'],
      ['MATCH_ON',   'did you mean matchOn?'],
      ['mathcOn',    'did you mean matchOn?'],
      ['matchOnXXX', 'known are matchOn, mode, redact, maxAge'],
      ['matchOnXX',  'did you mean matchOn?'],
      ['mod',        'did you mean mode?'],
      ['modes',      'did you mean mode?'],
      ['mo',         'known are matchOn, mode, redact, maxAge'],
      ['edact',      'did you mean redact?'],
      ['act',        'known are matchOn, mode, redact, maxAge'],
      ['maxAgo',     'did you mean maxAge?'],
      ['nearby',     'known are matchOn, mode, redact, maxAge'],
      ['',           'known are matchOn, mode, redact, maxAge'],
      ['toString',   'known are matchOn, mode, redact, maxAge'],
    ]
    for (const [name, advice] of CASES)
      expect(refusalOf({ [name]: 1 })).toBe(`${UNKNOWN}${JSON.stringify(name)} of useCassette; ${advice}`)
  })

  test('of two that are as near, the first is named', () => {
    expect(check).toThrow('"cat" of x; did you mean bat?')
  })

  test('the nearest is meant, by letters that are inserted, deleted or replaced', () => {
    const known = { timeouts: true, timing: true, target: true, tls: true } as const
    for (const [name, meant] of [
      ['timeout', 'timeouts'],
      ['timeoutss', 'timeouts'],
      ['imeouts', 'timeouts'],
      ['TIMEOUTX', 'timeouts'],
      ['timin', 'timing'],
      ['tming', 'timing'],
      ['traget', 'target'],
      ['tagret', 'target'],
      ['ls', 'tls'],
      ['tlsx', 'tls'],
      ['timexxxx', undefined],
      ['tixxng', 'timing'],
      ['txxxng', undefined],
    ] as const) {
      const advice = meant === undefined ? 'known are timeouts, timing, target, tls' : `did you mean ${meant}?`
      expect(() => checkOptions<object>('x', { [name]: 1 }, known)).toThrow(`${JSON.stringify(name)} of x; ${advice}`)
    }
  })

  test('a short name may be one letter away, whatever a third of it is', () => {
    expect(() => checkOptions<object>('x', { b: 1 }, { a: true })).toThrow('"b" of x; did you mean a?')
    expect(() => checkOptions<object>('x', { bc: 1 }, { a: true })).toThrow('"bc" of x; known are a')
  })

  test('are an object', () => {
    const wrong = 'LocalProtocolError: an option has an invalid value: useCassette takes an object of options'
    for (const options of [null, [], 'text', 1, undefined])
      expect(refusalOf(JSON.parse(JSON.stringify(options) ?? '0'))).toBe(wrong)
  })

  test('are picked by name', () => {
    const inherited = Object.create({ mode: 'inherited' }, { redact: { value: 1, enumerable: true } })
    expect(pickOptions({ mode: 1, other: 2, maxAge: undefined }, KNOWN)).toEqual({ mode: 1, maxAge: undefined })
    expect({ ...pickOptions(inherited, KNOWN) }).toEqual({ redact: 1, mode: 'inherited' })
    expect(pickOptions({ toString: 1 }, KNOWN)).toEqual({})
  })
})
