import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { DecodeError } from '../../src/content/decode-error.ts'
import { jsonError } from '../../src/content/json-text.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { countOf } from '../helpers/share.ts'

/** As `json()` of an answer does it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw jsonError(text, cause)
  }
}

test.describe('parseJson', () => {
  // oxfmt-ignore
  const FAULTS: readonly (readonly [text: string, offset: number, expected: string])[] = [
    ['',             0, 'the body is empty'],
    ['[1,]',         3, 'a value'],
    ['[1 2]',        3, 'a comma or ]'],
    ['{"a":1 "b"}',  7, 'a comma or }'],
    ['{a:1}',        1, 'a name in double quotes or }'],
    ['{"a":1,}',     7, 'a name in double quotes'],
    ['{"a" 1}',      5, 'a colon'],
    ['{} {}',        3, 'the end of the text'],
    ['"abc',         4, 'the closing quote of a string'],
    ['"a\nb"',       2, 'no control character in a string'],
    ['"\\x"',        2, 'one of "\\/bfnrtu after \\'],
    ['"\\u12G4"',    5, 'four hexadecimal digits after \\u'],
    ['nul',          3, 'null'],
    ['truth',        3, 'true'],
    ['-',            1, 'a digit'],
    ['01',           1, 'the end of the text'],
    ['1.',           2, 'a digit after the decimal point'],
    ['1e+',          3, 'a digit of the exponent'],
    ["{'a':1}",      1, 'a name in double quotes or }'],
    ['[NaN]',        1, 'a value or ]'],
  ]
  for (const [text, offset, expected] of FAULTS) {
    test(`finds what is wrong with ${JSON.stringify(text)} at ${offset}`, () => {
      const fault = faultOf(text)
      expect(fault?.position?.offset).toBe(offset)
      expect(fault?.detail).toContain(expected)
    })
  }

  test('counts lines with any line end', () => {
    expect(faultOf('[\n1,\r\n2,\r3,\n  x]')?.position).toEqual({ offset: 14, line: 5, column: 3 })
  })

  test('survives a text that consists only of open brackets', () => {
    expect(faultOf('['.repeat(1_000_000))?.position?.offset).toBe(1_000_000)
  })

  test('finds the place after which no continuation is JSON, the same as V8 if V8 reports one', () => {
    const snippets = fc.constantFrom('', 'true', ...Array.from('"\\u10.e-+,:{}[]t/é \n\u0001'))
    const edits = fc.array(fc.tuple(fc.nat(60), snippets), { minLength: 1, maxLength: 3 })
    const almostJson = fc.tuple(fc.json({ maxDepth: 3 }), edits).map(([json, changes]) => changes.reduce(edit, json))
    fc.assert(
      fc.property(almostJson, (text) => {
        const offset = faultOf(text)?.position?.offset
        if (offset === undefined) return
        expectEqual(offset, offsetOfV8(text) ?? offset, text)
        // Up to there it may become JSON, with that character it cannot.
        expectEqual(faultOf(text.slice(0, offset))?.position?.offset ?? offset, offset, text)
        expectEqual(faultOf(text.slice(0, offset + 1))?.position?.offset, offset, text)
      }),
      { numRuns: countOf(600, 3000) },
    )
  })
})

function faultOf(text: string): DecodeError | undefined {
  try {
    expectEqual(parseJson(text), JSON.parse(text), text)
    return undefined
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
}

/** Where V8 says that it is; its messages do not always say. */
function offsetOfV8(text: string): number | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const [, offset] = /at position (\d+)/.exec(String(error)) ?? []
    return offset === undefined ? undefined : Number(offset)
  }
}

/** Puts a snippet at a place, now and then over what stands there. */
function edit(text: string, [place, snippet]: readonly [number, string]): string {
  const at = place % (text.length + 1)
  return text.slice(0, at) + snippet + text.slice(at + (place % 2))
}
