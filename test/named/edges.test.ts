import { expect, test } from '../helpers/test.ts'
import { readBinaryMaps } from '../../src/named/binary-maps.ts'
import { readElements, readParameters } from '../../src/named/elements.ts'
import { unquotedEnd, type Visit } from '../../src/named/named-value.ts'
import { readColumns } from '../../src/named/tables.ts'
import { withWordBefore, wordStart } from '../../src/named/words.ts'

const all = (): boolean => true

/** What a reader visits, as `name=value`. */
function visited(text: string, read: (visit: Visit) => void): readonly string[] {
  const found: string[] = []
  read(({ name, start, end }) => void found.push(`${name}=${text.slice(start, end)}`))
  return found
}

const elements = (text: string): readonly string[] => visited(text, (visit) => readElements(text, all, visit))
const columns = (text: string): readonly string[] => visited(text, (visit) => readColumns(text, all, visit))
const packed = (text: string): readonly string[] => visited(text, (visit) => readBinaryMaps(text, 'msgpack', visit))
const cbor = (text: string): readonly string[] => visited(text, (visit) => readBinaryMaps(text, 'cbor', visit))

test('a bare name has at most 64 letters', () => {
  for (const [text, start] of [
    ['a'.repeat(64), 0],
    ['a'.repeat(65), 1],
    [' a-b_1', 1],
    ['é a', 2],
    ['a.', 2],
    ['', 0],
  ] as const)
    expect([text, wordStart(text, text.length)]).toEqual([text, start])
})

test('a name may have a word before it, after one blank', () => {
  for (const [text, start, name] of [
    ['my api key', 7, 'api key'],
    ['api  key', 5, ' key'],
    ['api-key', 4, 'key'],
    ['key', 0, 'key'],
    ['. key', 2, ' key'],
  ] as const)
    expect([text, withWordBefore(text, start, text.length)]).toEqual([text, name])
})

test('a value without quotes ends before what escapes a line end, closes CDATA, or escapes the quote after it', () => {
  // oxfmt-ignore
  const ends: readonly (readonly [text: string, value: string])[] = [
    ['abc', 'abc'], ['abc]]', 'abc]]'], ['abc]]>', 'abc'], ['ab]c>', 'ab]c'], ['abc\\', 'abc\\'], ['abc\\"', 'abc'], ['abc\\\\"', 'abc'], ["abc\\'", 'abc'],
    ['a\\nb', 'a\\nb'], ['a\\n', 'a'], ['a\\r\\n', 'a'], ['a\\n-', 'a'], ['a\\nb=c', 'a'], ['a\\nb: c', 'a'], ['a\\n[x', 'a'], ['a\\n#x', 'a'], ['a\\tb=c', 'a\\tb=c'],
  ]
  for (const [text, value] of ends) {
    const end = /[">']$/.test(text) ? text.length - 1 : text.length
    expect([text, text.slice(0, unquotedEnd(text, 0, end))]).toEqual([text, value])
  }
})

const items = (text: string): number => elements(text).filter((found) => found === 'Backup codes=abcd-efgh').length

const list = (count: number): string =>
  `<h2>Backup codes:</h2> <p>Keep them.</p> <ol>${'<li><code>abcd-efgh</code></li>'.repeat(count)}</ol>`

const pieces = (count: number): readonly string[] => elements(`<a>${'x<b/>'.repeat(count)}</a>`)

const value = (inside: string): readonly string[] => elements(`<a>${inside}</a>`)

const comment = (length: number): string => `<!--${'x'.repeat(length - 7)}-->`

test.describe('elements', () => {
  test('are read up to 8 KiB, with all that is in them', () => {
    expect(value(`${comment(8187)}tiger`)).toEqual(['a=tiger'])
    expect(value(`${comment(8188)}tiger`)).toEqual([])
    expect(value('x'.repeat(8192))).toEqual([`a=${'x'.repeat(8192)}`])
    expect(value('x'.repeat(8193))).toEqual([])
  })

  test('have at most 32 pieces and tags', () => {
    expect(pieces(15)).toHaveLength(15)
    expect(pieces(40).length).toBeLessThan(17)
  })

  test('have their text in CDATA, beside comments and in inner elements', () => {
    // oxfmt-ignore
    const found: Readonly<Record<string, readonly string[]>> = {
      '<a> x <![CDATA[y]]> z </a>': ['a=x', 'a=y', 'a=z'],
      '<a><!-- x -->y<!-- z --></a>': ['a=y'],
      '<a><![CDATA[x]]><![CDATA[y]]></a>': ['a=x', 'a=y'],
      '<a><b>x</b>y</a>': ['a=x', 'a=y', 'b=x'],
      '<a><b>x</a></b>': [],
      '<a>x</a><a>y</a>': ['a=x', 'a=y'],
      '<n:a>x</n:a>': ['a=x'],
      '<a/>x</a>': [],
      '<a>x y': [],
      '<a>x': ['a=x'],
      '<KEY>x<OTHER>y</OTHER>': ['KEY=x', 'KEY=y', 'OTHER=y'],
      '<ul><li>x</li></ul>': ['ul=x', 'li=x'],
    }
    for (const [text, values] of Object.entries(found)) expect([text, elements(text)]).toEqual([text, values])
  })

  test('of a list have the name above it, up to 100', () => {
    expect([items(list(3)), items(list(100)), items(list(120))]).toEqual([3, 100, 100])
    expect(items(list(3).replace('</h2>', '</h2> text'))).toBe(0)
  })

  test('of a call have an order, structures left out', () => {
    const text =
      '<params><param><value><string>ada</string></value></param><param><value>tiger</value></param><param><value><int>7</int></value></param><param><value><struct></struct></value></param></params>'
    expect(readParameters(text).map(({ start, end }) => text.slice(start, end))).toEqual(['ada', 'tiger', '7', ''])
  })
})

test.describe('columns that are aligned', () => {
  for (const [what, text, found] of [
    [
      'by blanks, names in capitals',
      'NAME  API KEY   NOTE\nada   k1x       a b\nbob   k2x\n',
      ['NAME=ada', 'API KEY=k1x', 'NOTE=a b', 'NAME=bob', 'API KEY=k2x'],
    ],
    [
      'between bars',
      ' name | pass  \n------+-------\n ada  | tiger \n bob  | lion  \n',
      // By their bars, too.
      [1, 2].flatMap(() => ['name=ada', 'pass=tiger', 'name=bob', 'pass=lion']),
    ],
    [
      'between bars on all sides',
      '+------+-------+\n| name | pass  |\n+------+-------+\n| ada  | tiger |\n+------+-------+\n',
      ['name=ada', 'pass=tiger'],
    ],
    ['where a line is short', '| name | pass  |\n| ada\n|\n| bob  | lion  |\n', ['name=ada', 'name=bob', 'pass=lion']],
    [
      'where a cell reaches into the next column',
      'NAME  KEY\nada   k1x\nlonger-name k2x\n',
      ['NAME=ada', 'KEY=k1x', 'NAME=longer'],
    ],
    ['up to an empty line', 'NAME  KEY\nada   k1x\n\nbob   k2x\n', ['NAME=ada', 'KEY=k1x']],
    ['of one name', 'NAME\nada\n', []],
    ['of sentences', 'Name  Key\nada   k1x\n', []],
  ] as const)
    test(what, () => expect(columns(text)).toEqual(found))
})

const named = (length: number): string => `\x81\xd9${String.fromCharCode(length)}${'n'.repeat(length)}\xa1b`

const nested = (depth: number): string => `${'\x91'.repeat(depth)}\x81\xa1a\xa1b`

test.describe('maps in bytes', () => {
  test('nest up to 64 deep', () => {
    expect(packed(nested(63))).toEqual(['a=b'])
    expect(packed(nested(64))).toEqual([])
  })

  test('of MessagePack have counts of each length', () => {
    const long = 'x'.repeat(300)
    // oxfmt-ignore
    const maps: readonly string[] = [
      '\x81\xa1a\xa1b', '\xde\0\x01\xa1a\xa1b', '\xdf\0\0\0\x01\xa1a\xa1b', '\x81\xd9\x01a\xa1b', '\x81\xa1a\xda\0\x01b', '\x81\xa1a\xdb\0\0\0\x01b',
      '\x82\xa1n\xc0\xa1a\xa1b', '\x82\xa1n\xcd\x01\x02\xa1a\xa1b', '\x82\xa1n\xcb12345678\xa1a\xa1b', '\x82\xa1n\xc4\x02xy\xa1a\xa1b', '\x82\xa1n\xd4\x01x\xa1a\xa1b',
      '\x82\xa1n\xc7\x02\x01xy\xa1a\xa1b', '\x82\xa1n\xd8\x011234567812345678\xa1a\xa1b', '\x82\xa1n\xff\xa1a\xa1b',
    ]
    for (const map of maps) expect([map, packed(map).at(-1)]).toEqual([map, 'a=b'])
    expect(packed(`\x81\xa1a\xda\x01\x2c${long}`)).toEqual([`a=${long}`])
    expect(packed('\x81\xa1a\x92\xa1b\xa1c')).toEqual(['a=b', 'a=c'])
    for (const none of ['\x81\xa1a', '\x81\xa1a\xa2b', '\x81\xa1a\xa1b\xc1', '\xd9', '\x81\xa1a\xda\0'])
      expect(packed(none)).toEqual([])
  })

  test('of CBOR have counts of each length, or an end', () => {
    // oxfmt-ignore
    const maps: readonly string[] = [
      '\xa1\x61a\x61b', '\xb8\x01\x61a\x61b', '\xb9\0\x01\x61a\x61b', '\xba\0\0\0\x01\x61a\x61b', '\xbb\0\0\0\0\0\0\0\x01\x61a\x61b', '\xbf\x61a\x61b\xff',
      '\xa1\x78\x01a\x61b', '\xa1\x61a\x7f\x61b\xff', '\xd8\x20\xa1\x61a\x61b', '\xa2\x61n\x18\xff\x61a\x61b', '\xa2\x61n\xfb12345678\x61a\x61b', '\xa2\x61n\x42xy\x61a\x61b',
      '\xa2\x61n\xf6\x61a\x61b', '\xa2\x61n\x20\x61a\x61b', '\x81\xa1\x61a\x61b', '\x9f\xa1\x61a\x61b\xff',
    ]
    const found = new Map(maps.map((map) => [map, cbor(map).filter((each) => each === 'a=b')]))
    for (const [map, values] of found) expect([map, values]).toEqual([map, ['a=b']])
    for (const none of [
      '\xa1\x61a',
      '\xa1\x61a\x62b',
      '\xbf\x61a\x61b',
      '\xa1\x61a\x1c',
      '\x1f',
      '\xff',
      '\xa1\x61a\x19\0',
    ])
      expect([none, cbor(none)]).toEqual([none, []])
  })

  test('have names of up to 100 bytes', () => {
    expect(packed(named(100))).toEqual([`${'n'.repeat(100)}=b`])
    expect(packed(named(101))).toEqual([])
  })
})
