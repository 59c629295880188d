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
  [{ frame: 'rest', of: 3 }, 'of'],
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
