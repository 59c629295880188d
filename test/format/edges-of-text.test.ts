import { expect, test } from '../helpers/test.ts'
import { frameBytes, type FrameKeys } from '../../src/format/frame-piece.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { readLines } from '../../src/format/line-reader.ts'
import { isBlock } from '../../src/format/yaml-writer.ts'
import { readAnyYaml, YamlSource } from '../../src/format/yaml-reader.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

// What people write by hand, and what readers in other languages would take for something else.

const WORDS = 'null true false yes no on off y n NULL True False Yes NO On oFF Y N'.split(' ')
const PLAIN = 'nulls yess ye yesterday non on-off truely ny y1 n-1 nn Null-and-void'.split(' ')

const textOf = (word: string): string =>
  encodeCassette(
    oneConnection('http://a.test', (it) => it.sent(request('GET', '/')).received(answer(JSON.stringify({ v: word })))),
  )

test('words that YAML 1.1 takes for truth values stand in quotes, and no others', () => {
  expect(WORDS.filter((word) => !textOf(word).includes(`v: "${word}"`))).toEqual([])
  expect(PLAIN.filter((word) => !textOf(word).includes(`v: ${word} }`))).toEqual([])
})

for (const chomping of ['', '-', '+'])
  for (const blank of [0, 1, 2, 3])
    test(`a block with |${chomping} and ${blank} empty lines behind it is what the library reads`, () => {
      const text = `a: |${chomping}\n  one\n\n  two\n${'\n'.repeat(blank)}b: 1\n`
      expect(readLines(text)).toEqual(readAnyYaml(new YamlSource(text, 'a.yaml')))
      expect(readLines(text)).toBeDefined()
    })

test('a text stands in a block as long as no line of it is longer than 4,096 characters', () => {
  const [most, more] = ['x'.repeat(4096), 'x'.repeat(4097)]
  for (const text of [most, `${most}\n`, `${most}\n${most}`, `a\n${most}\n${most}\n`]) expect(isBlock(text)).toBe(true)
  for (const text of [more, `${more}\n`, `${most}\n${more}`, `${more}\n${most}`, `a\n${more}\nb`])
    expect(isBlock(text)).toBe(false)
})

const PAYLOAD = Buffer.from('abc')

/** Keys of a frame with a payload of three bytes, and the key that is refused. */
// oxfmt-ignore
const FRAMES: readonly (readonly [keys: FrameKeys, refused: string | undefined])[] = [
  [{ frame: 'text' }, undefined],
  [{ frame: 'text', of: 3 }, undefined],
  [{ frame: 'text', of: 4 }, undefined],
  [{ frame: 'text', of: 2 }, 'of'],
  [{ frame: 'text', of: 0 }, 'of'],
  [{ frame: 'text', of: -1 }, 'of'],
  [{ frame: 'text', of: 3.5 }, 'of'],
  [{ frame: 'binary', of: Number.MAX_SAFE_INTEGER + 1 }, 'of'],
  [{ frame: 'ping', of: 125 }, undefined],
  [{ frame: 'ping', of: 126 }, 'frame'],
  [{ frame: 'ping', fin: false }, 'frame'],
  [{ frame: 'text', length: 16 }, undefined],
  [{ frame: 'text', length: 8 }, 'length'],
  [{ frame: 'text', length: 7 }, 'length'],
  [{ frame: 'text', length: 64 }, undefined],
  [{ frame: 'text', length: 16, of: 65_535 }, undefined],
  [{ frame: 'text', length: 16, of: 65_536 }, 'length'],
  [{ frame: 'text', length: 64, of: 65_536 }, undefined],
  [{ frame: 'text', of: Number.MAX_SAFE_INTEGER }, undefined],
  [{ frame: 'ping', fin: true }, undefined],
  [{ frame: 'ping', length: 16 }, 'frame'],
  [{ frame: 'ping', length: 7 }, 'length'],
  [{ frame: 'close', of: 126 }, 'frame'],
  [{ frame: 'close', fin: false }, 'frame'],
  [{ frame: 'pong', of: 126 }, 'frame'],
  [{ frame: 'continuation', fin: false, of: 126 }, undefined],
  [{ frame: 'close', code: 0 }, undefined],
  [{ frame: 'close', code: 65_535 }, undefined],
  [{ frame: 'close', code: 65_536 }, 'code'],
  [{ frame: 'close', code: -1 }, 'code'],
  [{ frame: 'close', code: 1000.5 }, 'code'],
  [{ frame: 'close', code: NaN }, 'code'],
  [{ frame: 'text', code: 1000 }, 'code'],
  [{ frame: 'close', code: 1000, of: 5 }, undefined],
  [{ frame: 'close', code: 1000, of: 4 }, 'of'],
  [{ frame: 'text', mask: '00000000' }, undefined],
  [{ frame: 'text', mask: '0000000' }, 'mask'],
  [{ frame: 'text', mask: '000000000' }, 'mask'],
  [{ frame: 'text', mask: 'ABCDEF01' }, 'mask'],
  [{ frame: 'text', mask: 'abcdefgh' }, 'mask'],
  [{ frame: 'rest', mask: 'x' }, 'mask'],
  [{ frame: 'text', rsv: [1, 2, 3] }, undefined],
  [{ frame: 'text', rsv: [0] }, 'rsv'],
  [{ frame: 'text', rsv: [4] }, 'rsv'],
  [{ frame: 'text', rsv: [1, 1.5] }, 'rsv'],
  [{ frame: 'rest' }, undefined],
  [{ frame: 'rest', mask: '00000000' }, undefined],
  [{ frame: 'rest', of: 3 }, 'of'],
  [{ frame: 'rest', fin: false }, 'fin'],
  [{ frame: 'rest', rsv: [] }, 'rsv'],
  [{ frame: 'rest', length: 16 }, 'length'],
  [{ frame: 'rest', code: 1000 }, 'code'],
]

for (const [keys, refused] of FRAMES)
  test(`a frame written as ${JSON.stringify(keys)} ${refused === undefined ? 'is one' : `is refused for \`${refused}\``}`, () => {
    let wrong: string | undefined
    const refuse = (detail: string, key: string): never => {
      wrong ??= key
      throw new Error(detail)
    }
    const write = (): Uint8Array => frameBytes(keys, PAYLOAD, refuse)
    if (refused === undefined) expect(Buffer.from(write()).subarray(-3)).toEqual(PAYLOAD)
    else expect(write).toThrow()
    expect(wrong).toBe(refused)
  })

// oxfmt-ignore
const WRITTEN: readonly (readonly [keys: FrameKeys, hex: string])[] = [
  [{ frame: 'continuation' },                          '80 03 616263'],
  [{ frame: 'text' },                                  '81 03 616263'],
  [{ frame: 'binary', fin: false },                    '02 03 616263'],
  [{ frame: 'close', code: 1000 },                     '88 05 03e8 616263'],
  [{ frame: 'close', code: 65_280 },                   '88 05 ff00 616263'],
  [{ frame: 'ping' },                                  '89 03 616263'],
  [{ frame: 'pong' },                                  '8a 03 616263'],
  [{ frame: 'text', rsv: [1] },                        'c1 03 616263'],
  [{ frame: 'text', rsv: [2] },                        'a1 03 616263'],
  [{ frame: 'text', rsv: [3, 1] },                     'd1 03 616263'],
  [{ frame: 'text', length: 16 },                      '81 7e 0003 616263'],
  [{ frame: 'text', length: 64 },                      '81 7f 0000000000000003 616263'],
  [{ frame: 'text', of: 126 },                         '81 7e 007e 616263'],
  [{ frame: 'text', of: 65_536 },                      '81 7f 0000000000010000 616263'],
  [{ frame: 'text', mask: '01020304' },                '81 83 01020304 606060'],
  [{ frame: 'close', code: 1000, mask: '01020304' },   '88 85 01020304 02ea 62 66 62'],
  [{ frame: 'rest' },                                  '616263'],
  [{ frame: 'rest', mask: '01020304' },                '606060'],
]
const fail = (detail: string): never => {
  throw new Error(detail)
}
for (const [keys, hex] of WRITTEN)
  test(`a frame written as ${JSON.stringify(keys)} has these bytes`, () => {
    expect(Buffer.from(frameBytes(keys, PAYLOAD, fail)).toString('hex')).toBe(hex.replaceAll(' ', ''))
  })
