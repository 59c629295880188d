import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { test } from '../helpers/test.ts'
import { expectKeptLines, inOneLine, outcome, shown } from '../helpers/outcomes.ts'
import { charsetOf, isUtf16, strangeCharset, textDecoder } from '../../src/content/charset.ts'
import {
  beginningWithoutCoding,
  decodeContent,
  decodesToTooMuch,
  gzipOf,
  isKnownCoding,
} from '../../src/content/coded-content.ts'
import { isNoCoding } from '../../src/content/coding-table.ts'
import { codingsOf, DecodingBudget, gunzipIn, valueOf, withoutCoding } from '../../src/content/codings.ts'
import { contentCodings } from '../../src/content/content-codings.ts'
import { type BodyKind, contentForm } from '../../src/content/content-form.ts'
import { comparedContent, decodedContent, decodedWithin, undecodableCoding } from '../../src/content/decoded-content.ts'
import {
  htmlDecoded,
  jsDecoded,
  PERCENT,
  percentDecoded,
  QUOTED_PRINTABLE,
  quotedPrintableDecoded,
  unescapedForms,
} from '../../src/content/escapes.ts'
import { ESCAPES } from '../../src/content/escapes.ts'
import { formPairs, looksLikeForm, nameOfPair, writtenPairs } from '../../src/content/form-fields.ts'
import { decompressedFile, gzipMemberLength } from '../../src/content/gzip-member.ts'
import { jsonDocument, parseJson, withoutPaths } from '../../src/content/json-content.ts'
import { isTooDeep, jsonDifferences } from '../../src/content/json-differences.ts'
import { isBareNumber, jsonNumberAt, jsonValueEnd, unescapedName } from '../../src/content/json-members.ts'
import { cutParts, jsonNodes } from '../../src/content/json-parts.ts'
import { parseJsonPath } from '../../src/content/json-path.ts'
import { isEscaped, skipBlanks, stringEnd, walkContainer } from '../../src/content/json-strings.ts'
import { isJsonType, isMultipart, mediaTypeOf } from '../../src/content/media-type.ts'
import { boundaryOf, isQuotedPrintable, partsIn, withoutBoundary } from '../../src/content/multipart.ts'
import { unquotedEnd } from '../../src/named/named-value.ts'
import { byCode, canonicalText, formAt, holesAt, isMap } from '../../src/content/normal-form.ts'
import {
  disguisedOf,
  formedIn,
  hasPlaceholder,
  isInBraces,
  isWithheld,
  nameInBraces,
  partsOfName,
  placeholderIs,
  placeholdersIn,
} from '../../src/content/placeholders.ts'
import {
  count,
  escapeBytes,
  escapeLines,
  escapeText,
  milliseconds,
  toPrintableJson,
} from '../../src/content/printable.ts'
import { longRuns, readingsOf, wrappedRuns } from '../../src/content/runs.ts'
import { spellingsOf, withoutSpelledPlaceholders } from '../../src/content/spellings.ts'
import { countEdits, hasCounts, textCounts, withoutCounts } from '../../src/content/text-counts.ts'
import { normalUrl, selectedQuery, URL_PARTS, urlForm, urlParts } from '../../src/content/url-form.ts'
import { editsBehindEscapes, editsInsideRuns, isTextual, mayGoOn, textIn } from '../../src/content/views.ts'
import { wideCoding } from '../../src/content/wide-text.ts'
import { withWordBefore, wordStart } from '../../src/named/words.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
const text = (of: Uint8Array | undefined): string | undefined =>
  of === undefined ? undefined : Buffer.from(of).toString('latin1')
const type = (value: string) => [{ name: 'Content-Type', value }]
const coding = (value: string) => [{ name: 'content-Encoding', value }]
const A = 'abcdefghij'
const BASE = Buffer.from('{"password":"s3cret-s3cret","a":"some words here"}').toString('base64')
const HEX = Buffer.from('{"password":"s3cret-s3cret","a":"b"}').toString('hex')
const ZIPPED = gzipSync('{"password":"s3cret-s3cret"}')
const wrap = (run: string, width: number, end: string): string =>
  run.replaceAll(new RegExp(`.{${width}}`, 'g'), (line) => line + end)

/** Each function with its arguments; the file has their results. */
const CALLS: Readonly<
  Record<string, readonly [run: (...args: never[]) => unknown, args: readonly (readonly unknown[])[]]>
> = {
  charsetOf: [
    charsetOf,
    [
      [undefined],
      [''],
      ['text/plain'],
      ['text/plain; charset=x'],
      ['text/plain; charset='],
      ['text/plain;charset="a b";charset=c'],
    ],
  ],
  strangeCharset: [
    strangeCharset,
    [
      '',
      'utf-8',
      'UTF-16',
      'utf-16le',
      'utf8mb3',
      'utf8mb4',
      'utf8mb5',
      'latin1',
      'iso-2022-jp',
      'x-unknown',
      'shift_jis',
      'utf-7',
    ].map((name) => [`text/plain; charset=${name}`]),
  ],
  isUtf16: [isUtf16, [[undefined], ['utf-16'], ['utf16be'], ['UTF-16LE'], ['utf-8'], ['xutf-16']]],
  textDecoder: [
    (contentType: string | undefined, options: object | undefined, body: string) =>
      textDecoder(contentType, options)(bytes(body)),
    [
      [undefined, undefined, '\xc3\xa4'],
      [undefined, undefined, '\xe4'],
      [undefined, { fatal: true }, '\xe4'],
      [undefined, { fatal: true }, '\xc3\xa4'],
      ['text/plain; charset=latin1', undefined, '\xe4'],
      ['text/plain; charset=latin1', { charset: 'utf-8' }, '\xc3\xa4'],
      ['text/plain; charset=x-none', undefined, 'a'],
      ['text/plain; charset=utf8mb4', undefined, '\xc3\xa4'],
      ['text/plain; charset=latin1', undefined, '\xef\xbb\xbf\xc3\xa4'],
      [undefined, undefined, '\xfe\xff\0a'],
      [undefined, undefined, '\xff\xfea\0'],
      [undefined, { charset: 'latin1' }, '\xef\xbba'],
      [undefined, { charset: 'utf-16le', fatal: true }, 'a'],
    ],
  ],
  decodeContent: [
    (body: string, names: string, isWhole: boolean) => {
      const { text: decoded, layers, isTooLarge, encode } = decodeContent(body, coding(names), isWhole)
      const again = decodeContent(encode('changed'), coding(names), isWhole)
      return { decoded, layers, isTooLarge, again: again.text, layersAgain: again.layers }
    },
    [
      ['a', '', true],
      ['a', 'gzip', true],
      [text(gzipSync('abc')), 'gzip', true],
      [text(gzipSync('abc')), '', true],
      [text(gzipSync('abc')), 'x-gzip', true],
      [text(deflateSync('abc')), 'deflate', true],
      [text(deflateRawSync('abc')), 'deflate', true],
      [text(brotliCompressSync('abc')), 'br', true],
      [text(gzipSync(gzipSync('abc'))), 'gzip', true],
      [text(gzipSync(brotliCompressSync('abc'))), 'br, gzip', true],
      [text(gzipSync(brotliCompressSync('abc'))), 'gzip, br', true],
      [text(gzipSync('abc'.repeat(50)).subarray(0, 20)), 'gzip', true],
      [text(gzipSync('abc'.repeat(50)).subarray(0, 20)), 'gzip', false],
      [text(gzipSync('abc')), 'none, identity, gzip', true],
      [text(gzipSync('abc')), 'a, b, c, d, e, gzip', true],
      [text(gzipSync('abc')), 'identity, identity, identity, identity, identity, gzip', true],
      [text([1, 2, 3, 4, 5, 6].reduce((inner) => gzipSync(inner), bytes('abc'))), '', true],
      [text([1, 2, 3, 4, 5, 6].reduce((inner) => gzipSync(inner), bytes('abc'))), 'gzip', true],
      [text(gzipSync('')), 'gzip', true],
      [text(gzipSync('abc')), 'zip', true],
    ],
  ],
  beginningWithoutCoding: [
    (name: string, body: Buffer, most: number) => text(beginningWithoutCoding(name, body, most))?.length,
    [
      ['gzip', gzipSync(A.repeat(100)).subarray(0, 30), 1000],
      ['gzip', gzipSync(A.repeat(100)), 1000],
      ['gzip', gzipSync(A.repeat(100)), 999],
      ['br', gzipSync('a'), 10],
      ['x', gzipSync('a'), 10],
    ],
  ],
  decodesToTooMuch: [
    (body: Buffer, names: string, all: number) => decodesToTooMuch(body, coding(names), new DecodingBudget({ all })),
    [
      [gzipSync('a'.repeat(100)), '', 100],
      [gzipSync('a'.repeat(100)), '', 99],
      [gzipSync('a'.repeat(100)), 'gzip', 100],
      [gzipSync('a'.repeat(100)), 'gzip', 99],
      [bytes('a'), '', 0],
      [gzipSync(gzipSync('a'.repeat(100))), 'gzip', 50],
      [gzipSync('a'.repeat(100)), 'a, b, c, d, e, f', 9],
      [gzipSync('a'.repeat(100)), 'gzip, x', 9],
      [bytes('\x1fa'), '', 9],
    ],
  ],
  gunzipIn: [gunzipIn, [['a'], [text(gzipSync('abc'))], ['\x1f\x8babc'], [gzipOf('xyz')]]],
  isKnownCoding: [
    isKnownCoding,
    ['gzip', 'x-gzip', 'deflate', 'br', 'identity', 'compress', 'x'].map((name) => [name]),
  ],
  isNoCoding: [
    isNoCoding,
    [
      'identity',
      'none',
      'aws-chunked',
      'binary',
      '7bit',
      '8bit',
      'utf-8',
      'utf8',
      'us-ascii',
      'iso-8859-1',
      'gzip',
      'utf-16',
      'base64',
      '',
    ].map((name) => [name]),
  ],
  codingsOf: [codingsOf, [[coding('GZIP, , identity,br')], [[...coding('a'), ...coding('b')]], [[]], [type('a')]]],
  'value of a field': [
    valueOf,
    [[[...coding('a'), ...type('x'), ...coding('b')], 'content-encoding'], [[], 'a'] as const],
  ],
  withoutCoding: [
    (name: string, body: Buffer, budget: DecodingBudget) => [
      text(withoutCoding(name, body, budget))?.length,
      budget.isExceeded,
      budget.limit,
    ],
    [
      ['gzip', gzipSync('a'.repeat(100)), new DecodingBudget({ all: 100 })],
      ['gzip', gzipSync('a'.repeat(100)), new DecodingBudget({ all: 99 })],
      ['gzip', gzipSync('a'.repeat(100)), new DecodingBudget({ all: 1000, one: 99 })],
      ['gzip', bytes('a'), new DecodingBudget()],
      ['gzip', gzipSync('ab'), new DecodingBudget({ all: 0 })],
      ['gzip', gzipSync('a'), new DecodingBudget({ all: 0 })],
      ['x', gzipSync('a'), new DecodingBudget({ all: 8 })],
      ['deflate', deflateRawSync('a'.repeat(10)), new DecodingBudget({ all: 10 })],
    ],
  ],
  contentCodings: [
    (value: string | undefined, most: number) => {
      const { codings, ignored } = contentCodings(value, most)
      return { codings: codings.map(({ name, mayRepeat }) => `${name} ${mayRepeat}`), ignored }
    },
    [
      [undefined, 1],
      ['identity', 0],
      ['gzip', 1],
      ['gzip', 0],
      ['gzip, br', 1],
      ['GZIP, x-gzip, deflate, br', 4],
      ['none', 0],
      ['br;q=1', 0],
      ['utf-8', 1],
      ['x', 1],
    ],
  ],
  contentForm: [
    (
      body: string,
      contentType: string,
      kind: BodyKind | undefined,
      ignored: readonly string[] = [],
      paths: readonly string[] = [],
    ) =>
      contentForm({ body: bytes(body), fields: contentType === '' ? [] : type(contentType) }, kind, {
        names: new Set(ignored),
        paths: paths.map(parseJsonPath),
      }),
    [
      ['', ''],
      ['a', '', 'bytes'],
      ['a\r\nb\rc\n', '', 'text'],
      ['a\r\nb', ''],
      ['{"b":1,"a":2}', ''],
      ['{"b":1,"a":2}', 'text/plain'],
      ['[1', '', 'json'],
      ['{"a":1}', '', 'json', [], ['$.a']],
      ['{"a":[1,2]}', '', undefined, [], ['$.a[0]']],
      ['a=1&b=2', 'application/x-www-form-urlencoded'],
      ['b=2&a=1&b=1&c=+%20', '', 'form', ['c']],
      ['b=2&a=1', ''],
      ['{"a":1}\n\n{"a":2}\n', 'application/x-ndjson'],
      ['{"a":1}\r\n{"a":2}', 'application/json'],
      ['\x1e{"a":1}\n\x1e{"a":2}\n', 'application/json-seq'],
      ['{"a":1}\nx', 'application/x-ndjson'],
      ['{"a":1}\n{"a":2}', 'text/plain'],
      ['"a"\n"b"', 'application/json'],
      ['\n', 'application/x-ndjson'],
      ...[
        'x-ndjson',
        'ndjson',
        'jsonl',
        'x-jsonlines',
        'jsonlines',
        'json-lines',
        'json-seq',
        'x-json-stream',
        'lines',
      ].map((name) => ['1\n2', `application/${name}`]),
      ['1\n2', 'text/jsonl'],
      ['1\n2', 'image/jsonl'],
      ['{"a":1}\n{"a":2}', 'application/x-ndjson', undefined, [], ['$.a']],
      ['\xef\xbb\xbf{"a":1}', ''],
      ['\xff\xfea\0b\0', ''],
      ['a\0b\0', 'text/plain; charset=utf-16le'],
      [text(gzipSync('{"a":1}')), ''],
      ['{{withheld.1}}', 'application/json', 'bytes'],
      ['{{withheld.1}}', 'application/json', 'json'],
      ['{{withheld-body.2}}', ''],
      [
        '--b\r\nContent-Disposition: form-data; name="z"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name="a"; filename="C:\\x\\y.txt"\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}\r\n--b--\r\n',
        'multipart/form-data; boundary=b',
      ],
      [
        '--b\r\nContent-Disposition: form-data; name="z"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n2\r\n--b--',
        'multipart/form-data; boundary=b',
        undefined,
        ['z'],
      ],
      ['--b\nX: y\n\n1\n--b\n\n2\n--b--', 'multipart/mixed; boundary=b'],
      ['--b\n\n1\n--b--', '', 'multipart'],
      ['--b\n\n1\n--b--', 'multipart/mixed; boundary=c', 'multipart'],
      ['--b\nContent-Transfer-Encoding: Quoted-Printable\n\na=3Db=\nc\n--b--', 'multipart/mixed; boundary=b'],
      [`--b\nContent-Encoding: gzip\n\n${text(gzipSync('x'))}\n--b--`, 'multipart/mixed; boundary=b'],
      ['--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--\n--b--', 'multipart/mixed; boundary=b'],
      [
        `${[1, 2, 3, 4, 5, 6].map((n) => `--${n}\nContent-Type: multipart/mixed; boundary=${n + 1}\n\n`).join('')}--7\n\nx`,
        'multipart/mixed; boundary=1',
      ],
    ],
  ],
  decodedContent: [
    (body: Buffer, names: string, budget: DecodingBudget | undefined) => {
      const { content, isTooLarge } = decodedWithin(body, coding(names), budget)
      return [text(content)?.length, isTooLarge, content === body, text(decodedContent(body, coding(names)))?.length]
    },
    [
      [gzipSync('aaaaa'), 'gzip'],
      [gzipSync('aaaaa'), 'x'],
      [gzipSync('aaaaa'), 'gzip', new DecodingBudget({ all: 4 })],
      [gzipSync('aaaaa'), ''],
      [gzipSync('aaaaa'), 'x, gzip'],
      [gzipSync('aaaaa'), 'gzip, a, b, c, d, e'],
      [gzipSync('aaaaa'), 'identity, gzip'],
    ],
  ],
  comparedContent: [
    (length: number, names: string) => {
      const { content, isTooLarge } = comparedContent(
        names === '' ? Buffer.alloc(length) : gzipSync(Buffer.alloc(length)),
        coding(names),
      )
      return [content.length === length, isTooLarge]
    },
    [
      [1, ''],
      [16 << 20, ''],
      [(16 << 20) + 1, ''],
      [(16 << 20) + 1, 'gzip'],
      [10, 'gzip'],
    ],
  ],
  undecodableCoding: [
    (body: Buffer, names: string, all: number) => undecodableCoding(body, coding(names), new DecodingBudget({ all })),
    [
      [bytes('abc'), 'gzip', 9],
      [bytes(''), 'gzip', 9],
      [bytes('abc'), 'x', 9],
      [bytes('abc'), '', 9],
      [gzipSync('abc'), 'gzip', 9],
      [gzipSync('abc'), 'gzip', 2],
      [gzipSync('abc'), 'br, gzip', 9],
      [bytes('abc'), 'br, gzip', 9],
      [bytes('abc'), 'x, gzip', 9],
    ],
  ],
  percentDecoded: [percentDecoded, [['a'], ['%41%6a%6A'], ['%4'], ['%zz%25'], ['a+b']]],
  jsDecoded: [
    jsDecoded,
    [
      ['a'],
      [String.raw`\u0041\x42\n\r\t\b\f\"\'\\\/`],
      [String.raw`\ud83d\ude00`],
      [String.raw`\U0041\X42`],
      [String.raw`\q\u00`],
      [String.raw`\u00e4`],
    ],
  ],
  htmlDecoded: [
    htmlDecoded,
    [
      ['a'],
      ['&amp;&lt;&gt;&quot;&apos;'],
      ['&AMP;'],
      ['&#65;&#x41;&#x1F600;'],
      ['&#1114111;&#1114112;&nbsp;'],
      ['&#x10ffff;&#x110000;'],
    ],
  ],
  quotedPrintableDecoded: [quotedPrintableDecoded, [['a=41=\r\nb=\nc= \t\nd=zz'], ['=e4=E4']]],
  unescapedForms: [unescapedForms, [['a'], ['%41+\\n&amp;'], ['a+b%2B']]],
  encode: [
    (value: string) => [...ESCAPES, PERCENT, QUOTED_PRINTABLE].map(({ mark, encode }) => `${mark} ${encode(value)}`),
    [['aZ0_.~{}- \n\r"\\\'&<>=\xe4\t']],
  ],
  writtenPairs: [
    (form: string) => [...writtenPairs(form)].map((pair) => [pair, nameOfPair(pair)]),
    [[''], ['a'], ['a=b'], ['a=b&'], ['&a=b&&c'], ['a%20+b=c=d&e']],
  ],
  formPairs: [formPairs, [['a=b&c=%20+&d'], ['']]],
  looksLikeForm: [
    looksLikeForm,
    [
      'a=b',
      'a=',
      'a',
      '=b',
      'a=b c',
      'a={b}',
      'a=<b>',
      'a="b"',
      'a b=c',
      `${A.repeat(20)}=`,
      `${A.repeat(20)}a=`,
      'a[b]=c&d=e',
    ].map((value) => [value]),
  ],
  gzipMemberLength: [
    gzipMemberLength,
    [
      [ZIPPED],
      [Buffer.concat([ZIPPED, bytes('abc')])],
      [ZIPPED.subarray(0, -1)],
      [bytes('abc')],
      [ZIPPED.subarray(0, 17)],
      [bytes('\x1f\x8b\x07aaaaaaaaaaaaaaaaaa')],
      // Small ones may grow to a mebibyte, and no further.
      [gzipSync(Buffer.alloc(1 << 20))],
      [gzipSync(Buffer.alloc((1 << 20) + 1))],
      ...[2, 4, 8, 16, 30].map((flags) => {
        const head = Buffer.from(ZIPPED.subarray(0, 10))
        head[3] = flags
        const more = [
          (flags & 4) === 0 ? '' : '\x03\0xyz',
          (flags & 8) === 0 ? '' : 'name\0',
          (flags & 16) === 0 ? '' : 'comment\0',
          (flags & 2) === 0 ? '' : 'cc',
        ].join('')
        return [Buffer.concat([head, bytes(more), ZIPPED.subarray(10), bytes('tail')])]
      }),
      [bytes('\x1f\x8b\x08\x08aaaaaaaaaaaaaaaaaaaa')],
    ],
  ],
  decompressedFile: [
    (file: Buffer, most: number) => text(decompressedFile(file, most)),
    [
      [gzipSync('abc'), 3],
      [gzipSync('abc'), 2],
      [bytes('\x1fa'), 3],
      [bytes('a\x8b'), 3],
    ],
  ],
  parseJson: [
    parseJson,
    [
      ['{"a":[1,true,null,"x"]}'],
      ['1'],
      ['-1.5e3'],
      ['tru'],
      ['true'],
      ['\t[1]'],
      ['\n[1]'],
      ['\r[1]'],
      [' [1]'],
      ['x'],
      [''],
      ['"\xc3\xa4"'],
      ['"\xe4"'],
      ['1234567890123456'],
      ['123456789012345'],
      ['[1234567890123456,"1234567890123456",1e999,1e99]'],
      ['1.00000000000000000'],
      ['{"__proto__":1}'],
      [`["${']'.repeat(2000)}",${'['.repeat(1500)}${']'.repeat(1501)}`],
      [`${'['.repeat(1000)}${']'.repeat(1000)}`].map((x) => x),
      [`${'['.repeat(1001)}${']'.repeat(1001)}`],
    ],
  ],
  jsonDocument: [
    (value: string) => {
      const found = jsonDocument(value)
      return found === undefined ? undefined : JSON.stringify(found).length
    },
    [
      ['{"a":1}'],
      ['[1]'],
      [' [1]'],
      ['1'],
      ['"a"'],
      ['{'],
      [`${'['.repeat(1000)}${']'.repeat(1000)}`],
      [`${'['.repeat(1001)}${']'.repeat(1001)}`],
      [`[${'[],'.repeat(2000)}1]`],
      [`[${'{"a":[]},'.repeat(2000)}1]`],
    ],
  ],
  withoutPaths: [
    (value: never, ...paths: string[]) => withoutPaths(value, paths.map(parseJsonPath)),
    [
      [{ a: { b: 1, c: 2 }, d: [1, { b: 3 }] }, '$.a.b'],
      [{ a: { b: 1, c: 2 }, d: [1, { b: 3 }] }, '$..b'],
      [{ a: { b: 1, c: 2 }, d: [1, { b: 3 }] }, '$.*'],
      [{ a: { b: 1 }, d: [1, { b: 3 }] }, '$.d[0]'],
      [{ d: [1, { b: 3 }] }, '$.d[*].b'],
      [{ d: [1, { b: 3 }] }, '$.d[*]'],
      [{ d: [1, { b: 3 }] }, '$.x.y', '$.d[1].b'],
      [5, '$.a'],
      [[1, 2], '$..x'],
      [{ a: null }, '$.a.b'],
    ],
  ],
  jsonDifferences: [
    (before: unknown, after: unknown) =>
      jsonDifferences({ value: before }, { value: after }).map(
        ({ path, before: old, after: fresh }) => `${path}: ${old} -> ${fresh}`,
      ),
    [
      [1, 1],
      [1, 2],
      [
        { a: 1, b: 2 },
        { b: 3, c: 4 },
      ],
      [
        [1, 2, 3],
        [1, 3],
      ],
      [
        [1, 2, 3],
        [0, 1, 2, 3],
      ],
      [
        [{ a: 1 }, 2],
        [{ a: 2 }, 2, 3],
      ],
      [{ 'a b': { c: [1] } }, { 'a b': { c: [2] } }],
      [{ a: [] }, { a: {} }],
      [{ a: null }, { a: undefined }],
      [{ $a: 1, _b: 1, '1c': 1, Zä: 1 }, {}],
      [
        [1, 2, 3, 4],
        [5, 2, 6, 7, 4, 8],
      ],
      [null, {}],
      [[], {}],
    ],
  ],
  isTooDeep: [
    isTooDeep,
    [['['.repeat(500)], ['['.repeat(501)], ['{'.repeat(501)], ['[]'.repeat(600)], ['{}'.repeat(600)]],
  ],
  isBareNumber: [
    (all: string, part: string) => isBareNumber(all, all.indexOf(part), all.indexOf(part) + part.length),
    [
      ['{"a":12}', '12'],
      ['{"a": 12 ,', '12'],
      ['[12]', '12'],
      ['[1,12]', '12'],
      ['"12"', '12'],
      ['x 12', '12'],
      ['{"a":12', '12'],
      [':1a}', '1a'],
      [':-1.5e+3]', '-1.5e+3'],
      [':12x}', '12'],
      [`:${' '.repeat(20)}12}`, '12'],
      [`:${' '.repeat(21)}12}`, '12'],
    ],
  ],
  jsonNumberAt: [
    jsonNumberAt,
    [
      ['a-1.5e+3,', 1],
      ['"1"', 0],
      ['12', 1],
      ['-', 0],
    ],
  ],
  jsonValueEnd: [
    jsonValueEnd,
    [
      ['"a" x', 0],
      ['"a', 0],
      ['{"a":[1]} x', 0],
      ['[1, "]"] x', 0],
      ['true,', 0],
      ['-1.5e+3,', 0],
      [',', 0],
    ],
  ],
  unescapedName: [unescapedName, [['a'], ['\\u0061\\u00E4'], ['\\n\\u00']]],
  jsonNodes: [
    jsonNodes,
    [
      ['{"a":[1,{"b c":"d"}], "$e":null}'],
      [' "a\\"b" '],
      ['1'],
      ['{'],
      ['[]'],
      [`${'['.repeat(64)}${']'.repeat(64)}`].map((value) => `${value}x`),
      ['[[]]'],
    ],
  ],
  'depth of jsonNodes': [
    (depth: number) => jsonNodes('['.repeat(depth) + ']'.repeat(depth)) !== undefined,
    [[63], [64], [65]],
  ],
  cutParts: [
    (value: string, out: readonly number[]) => {
      const parts = jsonNodes(value)?.parts ?? []
      return cutParts(parts, (part) => out.includes(parts.indexOf(part))).reduceRight(
        (rest, { start, end }) => rest.slice(0, start) + rest.slice(end),
        value,
      )
    },
    [
      [[], [0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]].map((out) => ['[ 1 , 2 , 3 ]', out] as const),
      [
        ['{ "a": 1, "b": 2 }', [0]],
        ['{ "a": 1, "b": 2 }', [1]],
      ] as const,
    ].flat(),
  ],
  parseJsonPath: [
    parseJsonPath,
    [
      '$.a',
      '$.a.b',
      '$..a',
      '$.*',
      '$..*',
      '$[0]',
      '$[*]',
      '$["a b"]',
      '$["a\\"b"]',
      '$.a[0]["b"]..c',
      '$',
      'a',
      '',
      '$.',
      '$a',
      '$[a]',
      '$["a]',
      "$['a']",
      '$.a b',
      '$["\\q"]',
      '$.$a-b',
    ].map((path) => [path]),
  ],
  skipBlanks: [
    skipBlanks,
    [
      ['a   b', 1, 1],
      ['a   b', 3, -1],
      [' \t\r\nb', 0, 1],
      [`${' '.repeat(100)}b`, 0, 1],
      [`${' '.repeat(101)}b`, 0, 1],
      [`b${' '.repeat(100)}`, 100, -1],
      ['ab', 1, 1],
    ],
  ],
  isEscaped: [
    isEscaped,
    [
      ['\\"', 1],
      ['\\\\"', 2],
      ['\\\\\\"', 3],
      ['"', 0],
    ],
  ],
  stringEnd: [
    stringEnd,
    [
      ['"a"b', 0],
      ['"a\\"b"', 0],
      ['"a', 0],
      ['"\\\\"', 0],
      ['"a\\', 0],
    ],
  ],
  walkContainer: [
    (value: string, at: number) => {
      const found: string[] = []
      const end = walkContainer(
        value,
        at,
        ({ start, end: last, ...rest }) => void found.push(`${JSON.stringify(rest)} ${value.slice(start, last)}`),
      )
      return [end, ...found]
    },
    [
      ['{"a":"b","c":["d",{"e":"f"}],"g":1,"h":true}x', 0],
      ['["a"', 0],
      ['{"a":"b', 0],
      ['x{"a":-1.5}', 1],
      ['[["a"],"b"]', 0],
      ['{a:"b"}', 0],
      ['{"a":"b"]', 0],
      ['{"a" : "b" , "c" : "d"}', 0],
      ['{"a":{"b":{"c":"d"}},"e":"f"}', 0],
      ['[1,2]', 0],
      ['{"a":[1,"b",[2]]}', 0],
    ],
  ],
  mediaTypeOf: [
    (value: string) => {
      const found = mediaTypeOf(value)
      return [found.essence, [...found.parameters], isMultipart(found), isJsonType(found), boundaryOf(found)]
    },
    [
      '',
      'text/plain',
      'Text/HTML; Charset=UTF-8',
      'a/b;c="d;e\\"f";c=g',
      'a/b; c',
      'a/b; c=',
      'a/b; c=""',
      'a',
      'a/b c',
      'text/html;charset=x, text/html',
      'text/html;charset=x, text/plain',
      'text/html, */*',
      'text/html;charset=x, text/html;charset=y',
      'a/b, "c/d',
      'multipart/mixed; boundary=x',
      'multipart/mixed; boundary=""',
      'multipart/form-data',
      'text/plain; boundary=x',
      'application/json',
      'application/x+json',
      'application/+json',
      'application/jsonx',
      'a/json/b',
      'a/b;x="y',
      'a/b; x=y ; z=w',
    ].map((value) => [value]),
  ],
  withoutBoundary: [
    withoutBoundary,
    [
      'multipart/mixed; boundary=x; a=b',
      'multipart/mixed;boundary="x y"',
      'text/plain; boundary=x',
      'multipart/mixed; Boundary=x',
    ].map((value) => [value]),
  ],
  partsIn: [
    (body: string, boundary: string) =>
      partsIn(body, mediaTypeOf(`multipart/mixed; boundary=${boundary}`))?.map(
        ({ fields, name, head, headStart, content, start, end }) => [
          fields.map((field) => `${field.name}=${field.value}`),
          name,
          head,
          headStart,
          content,
          start,
          end,
        ],
      ),
    [
      ['--b\r\nA: b\r\nC:d\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--\r\nz', 'b'],
      ['pre\n--b\nA: b\n\nx\n--b--', 'b'],
      ['--b\nx', 'b'],
      ['--b', 'b'],
      ['--bc\n\nx', 'b'],
      ['a--b\n\nx', 'b'],
      ['--b \t\n\nx\n--b-- ', 'b'],
      ['--b\nA: b\n c\n:d\n\nx', 'b'],
      ['--b\nContent-Disposition: form-data; name="a%22\\"b"\n\nx', 'b'],
      ['--b\nContent-Disposition: form-data; filename="name=q"; name=ab; x\n\nx', 'b'],
      ['--b\nContent-Disposition: form-data; xname=a\n\nx', 'b'],
      ['--b\n--b--', 'b'],
      ['--b\n\n--b--', 'b'],
      ['x', 'b'],
      ['--\n', ''],
    ],
  ],
  isQuotedPrintable: [
    (value: string) => isQuotedPrintable([{ name: 'Content-Transfer-Encoding', value }]),
    [['quoted-printable'], [' Quoted-Printable '], ['base64'], ['']],
  ],
  unquotedEnd: [
    (all: string, start: number, end: number) => all.slice(start, unquotedEnd(all, start, end)),
    [
      ['abc', 0, 3],
      ['ab\\n', 0, 4],
      ['ab\\\\n', 0, 5],
      ['ab\\nc', 0, 5],
      ['ab\\nc=d', 0, 7],
      ['ab\\nc: d', 0, 6],
      ['ab\\"', 0, 3],
      ["ab\\'", 0, 3],
      ['ab]]>', 0, 4],
      ['ab]>', 0, 3],
      ['ab\\n#x', 0, 6],
      ['ab\\n[x', 0, 6],
      ['ab\\r\\n', 0, 6],
      ['ab\\n-', 0, 5],
      ['a\\tb', 0, 4],
    ],
  ],
  canonicalText: [
    (form: never, ...paths: string[][]) => canonicalText(form, paths.length === 0 ? undefined : holesAt(paths)),
    [
      [{ b: 1, a: [2, { d: 3, c: null }] }],
      [{ b: 1, a: [2, 3] }, ['a', '0']],
      [{ b: 1, a: [2, 3] }, ['a'], ['b']],
      [{ a: 1 }, []],
      [{ a: { b: 1, c: 2 } }, ['a', 'c'], ['a', 'b']],
      ['x'],
      [true],
      [JSON.parse('{"__proto__":1,"a":2}')],
    ],
  ],
  formAt: [
    formAt,
    [
      [{ a: [1, { b: 2 }] }, ['a', '1', 'b']],
      [{ a: 1 }, ['a', 'b']],
      [{ a: 1 }, []],
      [{ a: 1 }, ['toString']],
      [[1], ['5']],
      [null, ['a']],
    ],
  ],
  isMap: [isMap, [[{}], [[]], [null], ['a'], [undefined], [1]]],
  byCode: [
    byCode,
    [
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'a'],
      ['Z', 'a'],
      ['\uffff', '\u{10000}'],
    ],
  ],
  placeholders: [
    (value: string) => [
      hasPlaceholder(value),
      isInBraces(value),
      nameInBraces(value),
      isWithheld(value),
      placeholderIs(value),
      placeholdersIn(value),
    ],
    [
      '',
      'a',
      '{{token.1}}',
      '{{token.1}}**',
      '{{token.1}}__',
      '{{token.1}}x',
      '{{Token.1}}',
      '{{token}}',
      '{{token.x}}',
      '%7B%7btoken.1%7D%7d',
      '{{a.1}}-{{b.2}}',
      '{{withheld.1}}',
      '{{withheld-body.12}}',
      '{{withheld.1}}x',
      `{{withheld${'-'.repeat(49)}.1}}`,
      `{{withheld${'-'.repeat(50)}.1}}`,
      '-----BEGIN A KEY-----\n{{private-key.1}}\n-----END A KEY-----\n',
      '-----BEGIN A KEY-----\\n{{private-key.1}}%0A-----END A KEY-----',
      '-----BEGIN A KEY-----{{private-key.1}}x-----END A KEY-----',
      Buffer.from('{{token.1}}').toString('base64'),
      Buffer.from('{{token.12}}').toString('base64'),
      Buffer.from('{{x}}abcdef').toString('base64'),
      `eyJhIjoxfQ.eyJhIjoxfQ.${Buffer.from('{{token.1}}').toString('base64url')}`,
      'eyJhIjoxfQ.eyJhIjoxfQ.e3tabc',
      'dddddddd-1234-4ddd-8ddd-000000000001',
      'dddddddd-1234-4ddd-9ddd-000000000001',
      'token.1',
    ].map((value) => [value]),
  ],
  partsOfName: [partsOfName, [['token.1'], ['a.b.12'], ['token'], ['.1'], ['a.']]],
  formedIn: [
    (value: string, ...redacted: Readonly<Record<string, string>>[]) =>
      [
        ...formedIn(
          value,
          redacted.length === 0 ? undefined : disguisedOf(redacted.map((names) => ({ redacted: names }))),
        ),
      ].map(({ name, start, end }) => `${name} ${start}-${end}`),
    [
      ['x dddddddd-1234-4ddd-8ddd-000000000001 y'],
      ['xdddddddd-1234-4ddd-8ddd-000000000001'],
      ['dddddddd-1234-4ddd-8ddd-000000000001', { 'id.1': 'dddddddd-1234-4ddd-8ddd-000000000001' }],
      ['12 1 12.12', { 'otp.1': '12' }],
      ['a12 12b', { 'otp.1': '12' }],
      [`eyJhIjoxfQ.eyJhIjoxfQ.${Buffer.from('{{token.1}}').toString('base64url')}`],
    ],
  ],
  escapeText: [escapeText, [['aä€😀\n\t\x1b\x7f\x9f\u202e\u2028\u2029\ufeff\ud800\ue000\u0378 \xa0']]],
  escapeBytes: [
    escapeBytes,
    [
      'abc',
      '\xc3\xa4',
      '\xe4',
      '\xe2\x82\xac\xff',
      '\xf0\x9f\x98\x80\x80',
      '\xed\xa0\x80a',
      '\xed\x9f\xbf\xff',
      '\xe0\x80\x80\xff',
      '\xe0\xa0\x80\xff',
      '\xf4\x8f\xbf\xbe\xff',
      '\xf4\x90\x80\x80',
      '\xc1\x80',
      'a\x1b\xff',
      '\xee\x80\x80\xff',
      '\xf1\x80\x80\x80\xff',
      '\xc2\x80\xff',
      '\xef\xbb\xbf\xff',
      '\xf0\x8f\x80\x80',
    ].map((value) => [bytes(value)]),
  ],
  escapeLines: [escapeLines, [['a\nb\r\n\x1b']]],
  toPrintableJson: [toPrintableJson, [[{ a: 'b\u202e\x1b😀\ue000', c: [1, null] }], ['x'], [[]]]],
  count: [
    count,
    [
      [0, 'byte'],
      [1, 'byte'],
      [2, 'byte'],
      [1048576, 'byte'],
    ],
  ],
  milliseconds: [milliseconds, [[0], [1.23456], [1000]]],
  longRuns: [
    (value: string, shortest: number | undefined) =>
      longRuns(value, shortest).map(({ start, end }) => `${start}+${end - start}`),
    [
      [A],
      ['a'.repeat(15)],
      ['a'.repeat(16)],
      [` ${'a'.repeat(16)} ${'b'.repeat(17)}== `],
      [`${'a'.repeat(16)}===`],
      ['%41' + 'a'.repeat(16)],
      ['%41' + 'a'.repeat(14)],
      ['%4' + 'a'.repeat(15)],
      ['abcdefgh', 8],
      ['abcdefg', 8],
      [`a ${'b'.repeat(15)} ${'c'.repeat(20)}`],
      [`${'a/_+-'.repeat(4)}.x`],
      ['%zz' + 'a'.repeat(16)],
    ],
  ],
  wrappedRuns: [
    (value: string) =>
      wrappedRuns(value, longRuns(value)).map(({ start, end, text: run, wrap: again }) => [
        start,
        end,
        run.length,
        inOneLine(again('0123456789'.repeat(5))),
      ]),
    [
      [wrap(BASE, 20, '\n')],
      [wrap(BASE, 20, '\r\n')],
      [wrap(BASE, 20, '\r')],
      [wrap(BASE, 20, '\n  ')],
      [wrap(BASE, 20, '\n> ')],
      [wrap(BASE, 21, '\n')],
      [wrap(BASE, 32, ' ')],
      [wrap(BASE, 31, ' ')],
      [wrap(BASE, 32, '     ')],
      [`x=${wrap(BASE, 20, '\n')}`],
      [`${wrap(BASE, 20, '\n')}\n\n${wrap(HEX, 24, '\n')}`],
      [`${A}${A}\n--${A}`],
      [`${A}${A}\nabc`],
      [`${A}${A}==\nabc`],
      [`${A.repeat(4)} abc`],
      [`${A.repeat(4)} ${A}${A}`],
      [`${A.repeat(4)} abc=`],
      [`${A}${A}\n${A}${A}a`],
      [`${A}${A}\n${A}${A}\n${A}${A}\nab`],
    ],
  ],
  readingsOf: [
    (run: string) => [...readingsOf(run)].map(({ coding: name, lead, length }) => `${name} ${lead}+${length}`),
    [
      ['abcdef'],
      ['ABCDEF012345'],
      ['ghi'],
      [`g-${'ab12'.repeat(4)}`],
      [`g-${'ab12'.repeat(4)}c`],
      [`key-${A}${A}-x`],
      ['pathH4sIabc'],
      ['paH4sIabc'],
      [BASE],
    ],
  ],
  spellingsOf: [
    (value: string) => [...spellingsOf(value, new DecodingBudget())],
    [
      ['a'],
      ['a%41'],
      ['a\\n&amp;=41'],
      [Buffer.from('hello there').toString('base64')],
      [Buffer.from('hello').toString('base64')],
      [Buffer.from('hello there').toString('hex')],
      ['a\0b\0c\0d\0e\0f\0'],
      ['a\0b\0c\0d\0e\0'],
      [`${text(gzipSync('zipped'))}`],
      [`some words ${text(gzipSync('zipped'))}`],
      [text(deflateSync('deflated'))],
      [text(deflateRawSync('deflated, raw'))],
      [text(brotliCompressSync('brotli'))],
      [gzipSync('zipped in base64').toString('base64')],
      [wrap(Buffer.from('several lines of text').toString('base64'), 16, '\n')],
      ['e3t0b2tlbi4xfX0='],
    ],
  ],
  withoutSpelledPlaceholders: [
    withoutSpelledPlaceholders,
    [
      ['a'],
      [`x ${Buffer.from('{{token.1}}{{token.2}}').toString('base64')} y`],
      [`x ${Buffer.from('{{token.1}}').toString('hex')} y`],
      [`ab-${Buffer.from('{{token.1}}').toString('base64url')}`],
    ],
  ],
  textCounts: [
    (value: string) => [
      hasCounts(value),
      textCounts(value).map(({ start, end, radix, from, to }) => `${value.slice(start, end)} (${radix}) ${from}-${to}`),
      withoutCounts(value),
      countEdits(value, [{ start: value.indexOf('X'), end: value.indexOf('X') + 1, with: 'YYY' }]),
    ],
    [
      'X',
      'Content-Length: 3\r\n\r\naXc',
      'content-length:3\nA: b\n\naXc',
      'Content-Length: 4\r\n\r\naXc',
      's:3:"aXc";',
      's:2:"aXc";',
      'a:1:{s:1:"X";i:1;}',
      '$3\r\naXc\r\n',
      '$3\r\naXcd',
      '3;chunk-signature=ab\r\naXc\r\n',
      'a;chunk-signature=ab\r\nX234567890\r\n',
      '3:aXc,',
      '7:3:aXc,,,',
      '3:aXc,x',
      '3:aXcd',
      '\x01X',
      '\x07X',
      '\0X',
      'Xs:1:"a"',
      '{s:1:"X"}',
      '|s:1:"X"',
    ].map((value) => [value]),
  ],
  urls: [
    (url: string) => [
      urlParts(url),
      normalUrl(url),
      URL_PARTS.map((part) => urlForm(url, part, 'spelled')),
      URL_PARTS.map((part) => urlForm(url, part, 'normal')),
      URL_PARTS.map((part) => urlForm(url, part, 'decoded')),
    ],
    [
      'http://a.test/',
      'HTTP://A.Test:80/a?b',
      'https://a:443/b',
      'https://a:80/b',
      'http://a:8080/b',
      'http://a:80',
      'http://[::1]:80/a',
      'http://a:/b',
      'ftp://a/b',
      '/a/b?c',
      '*',
      'a:1',
      'http://a/%61%2f%2F%7e?%61+b=c%20d&e&=f&',
      'http://a/b/../c/./d',
      'http://a/../b',
      'http://a/b/..',
      'http://a/b/.',
      'http://a/.b/..c',
      '/a/../b',
      'http://a/\xe4 "?\xe4',
      'http://a/\u20ac',
      'http://a/%zz%4',
      'http://a/{{x.1}}?{{y.2}}',
      'http://a/%e4',
      'http://a?b',
      'http://a/b?c?d=e=f',
      'http://A/b',
    ].map((url) => [url]),
  ],
  selectedQuery: [
    (query: string, ignored: readonly string[], isSorted: boolean) => selectedQuery(query, new Set(ignored), isSorted),
    [
      ['', [], true],
      ['?', [], true],
      ['?b=1&a=2&b=0', [], true],
      ['?b=1&a=2&b=0', [], false],
      ['?b=1&a=2', ['b'], false],
      ['?a', ['a'], false],
      ['?%61=1&b', ['a'], false],
      ['?a+b=1', ['a b'], false],
      ['?&&a&=', [], false],
    ],
  ],
  editsBehindEscapes: [
    (value: string, find: string) =>
      editsBehindEscapes(value, (plain) =>
        Array.from(plain.matchAll(new RegExp(find, 'g')), ({ index, 0: all }) => ({
          start: index,
          end: index + all.length,
          with: '<"X">',
        })),
      ),
    [
      ['a%62c', 'abc'],
      ['a%62c', 'b'],
      ['x=%61&y=%62', 'a|b'],
      ['a\\u0062c', 'abc'],
      ['a&amp;c', 'a&c'],
      ['a%5cn', 'a'],
      ['%61b%63', 'ab'],
      [`${'a&'.repeat(1001)}%62`, 'b'],
      ['abc', 'abc'],
      ['%62', 'x'],
    ],
  ],
  editsInsideRuns: [
    (value: string, find: string) =>
      editsInsideRuns(value, longRuns(value), (plain) =>
        Array.from(plain.matchAll(new RegExp(find, 'g')), ({ index, 0: all }) => ({
          start: index,
          end: index + all.length,
          with: '{{a.1}}',
        })),
      ).map((edit) => ({
        place: `${edit.start}-${edit.end}`,
        with: edit.with,
        plain: text(Buffer.from(edit.with, /^[\da-f]+$/i.test(edit.with) ? 'hex' : 'base64')),
      })),
    [
      [BASE, 's3cret-s3cret'],
      [HEX, 's3cret-s3cret'],
      [HEX.toUpperCase(), 's3cret-s3cret'],
      [`x ${BASE} y`, 's3cret-s3cret'],
      [BASE.replace(/=+$/, ''), 's3cret-s3cret'],
      [`path${BASE}`, 's3cret-s3cret'],
      [`key-${BASE}-v2`, 's3cret-s3cret'],
      [wrap(BASE, 20, '\n'), 's3cret-s3cret'],
      [`ab-${HEX}-cd`, 's3cret-s3cret'],
      [BASE, 'nothing'],
      [BASE.replaceAll('+', '-').replaceAll('/', '_'), 's3cret'],
    ],
  ],
  mayGoOn: [
    (value: string) => mayGoOn(value, longRuns(value)),
    [
      ['a'],
      ['%2541'],
      [BASE],
      [BASE.slice(0, 23)],
      [BASE.slice(0, 24)],
      [HEX],
      ['a'.repeat(40)],
      ['0'.repeat(40)],
      [ZIPPED.toString('base64')],
    ],
  ],
  isTextual: [
    isTextual,
    [
      'abc',
      'a\0',
      `\0${'a'.repeat(63)}`,
      `\0${'a'.repeat(62)}`,
      `\0${'a'.repeat(63)}\xe4`,
      '\x1b\x0b',
      '\x08',
      '\x0e',
      '\x1a',
      '\x1c',
      '\x1f',
      `${'a'.repeat(4096)}\0`,
    ].map((value) => [value]),
  ],
  textIn: [
    (value: string) => textIn(value).map(({ start, end }) => `${start}-${end}`),
    [
      [A],
      [`${A}ab`],
      [`${A}a`],
      [`\0${A}ab\0`],
      [`\xff${A}\xc3\xa4\xff`],
      ['\xe2\x82\xac'.repeat(12)],
      ['\xf0\x9f\x98\x80'.repeat(12)],
      ['\xc3'.repeat(20)],
    ],
  ],
  wideCoding: [
    (value: string, contentType: string) => {
      const found = wideCoding(value, contentType)
      return found && [found.decode(value), found.encode('xy')]
    },
    [
      ['', ''],
      ['abc', ''],
      ['a\0b\0', ''],
      ['\0a\0b', ''],
      ['\xff\xfea\0', ''],
      ['\xfe\xff\0a', ''],
      ['ab', 'text/plain; charset=utf-16'],
      ['{"a":1', 'text/plain; charset=utf-16'],
      ['{\0a\0', 'text/plain; charset=utf-16'],
      ['a\0bc', ''],
      ['a\0bcde', ''],
      ['abcd', ''],
      ['\xe4\0b\0', ''],
      [`${'a\0'.repeat(16)}${'ab'.repeat(16)}`, ''],
      [`${'a\0'.repeat(15)}${'ab'.repeat(17)}`, ''],
      [`${'ab'.repeat(32)}${'a\0'.repeat(32)}`, ''],
    ],
  ],
  words: [
    (value: string, end: number) => [wordStart(value, end), withWordBefore(value, wordStart(value, end), end)],
    [
      ['API key', 7],
      ['key', 3],
      ['a  key', 6],
      ['(key', 4],
      [A.repeat(7), 70],
      ['my-key_1', 8],
      ['é key', 5],
    ],
  ],
}

const short = (line: string): string =>
  line.length > 400 ? `${line.slice(0, 200)}+${line.length}+${line.slice(-40)}` : line
/** What is compressed differs from Node to Node. */
const argument = (value: unknown): string =>
  value instanceof Uint8Array || (typeof value === 'string' && value.length > 4 && CODED.test(value))
    ? 'coded'
    : shown(value)
// oxlint-disable-next-line no-control-regex
const CODED = /[\x80-\xff][^]*[\0-\x08]|[\0-\x08][^]*[\x80-\xff]|^(?:\x1f\x8b|KLJ|H4sI)/
const withoutCoded = (line: string): string => line.replaceAll(/\\x1f\\x8b[^']*/g, 'coded')

test('what texts and contents mean', () => {
  const lines: string[] = []
  for (const [name, [run, calls]] of Object.entries(CALLS)) {
    lines.push(name)
    for (const args of calls)
      lines.push(
        short(
          withoutCoded(`  ${args.map(argument).join(', ')} -> ${outcome(() => Reflect.apply(run, undefined, args))}`),
        ),
      )
  }
  expectKeptLines(new URL('meanings.txt', import.meta.url), lines)
})
