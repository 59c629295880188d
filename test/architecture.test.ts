import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from './helpers/test.ts'
import { circlesIn, importsOf, readImports, roomGraph, roomSizes, SRC } from '../scripts/rooms/graph.ts'
import { arrowsUp, LAYERS, rowOf, strayImports } from '../scripts/rooms/layers.ts'

const IMPORTS = readImports()
const FILES = [...IMPORTS.keys()]
const readSource = (file: string): string => readFileSync(join(SRC, file), 'utf8')

test.describe('imports point downwards', () => {
  test('in every file', () => {
    const strays = [...IMPORTS].map(([file, targets]) => [file, strayImports(file, targets)] as const)
    expect(strays.filter(([, imports]) => imports.length > 0)).toEqual([])
  })

  test('in the table itself: no layer names one that stands after it', () => {
    expect(arrowsUp()).toEqual([])
  })

  test('and ARCHITECTURE.md shows the same table', () => {
    const page = readFileSync(resolve(SRC, '../ARCHITECTURE.md'), 'utf8')
    expect(LAYERS.map(rowOf).filter((row) => !page.includes(row))).toEqual([])
  })

  // The table is worth nothing if a forbidden import passes it.
  const FORBIDDEN: readonly (readonly [file: string, text: string])[] = [
    ['http1/framing.ts', "import { connect } from 'node:net'"],
    ['http1/framing.ts', "import type { Transport } from '../transport.ts'"],
    ['client/wire.ts', "import { Recorder } from '../recorder/recorder.ts'"],
    ['format/encode.ts', "import { readdirSync, readFileSync } from 'node:fs'"],
    ['format/encode.ts', "import { readBlob } from '../store/blobs.ts'"],
    ['hooks/hook.ts', "import { redactCassette } from '../redaction/redact-cassette.ts'"],
    ['recorder/recorder.ts', "import { HttpConnection } from '../client/http-connection.ts'"],
    ['replay/replayer.ts', "import { ResponseParser } from '../http1/response-parser.ts'"],
    ['replay/replayer.ts', "export { lookup } from 'node:dns'"],
    ['replay/replay-transport.ts', "const net = await import('node:net')"],
    ['replay/replay-transport.ts', "process.getBuiltinModule('node:net').connect(80)"],
    ['listen/local-server.ts', "import type { Replayer } from '../replay/replayer.ts'"],
    ['cli/show.ts', "import { decodeCassette } from '../format/decode.ts'"],
    ['playwright/fixtures.ts', "import { Replayer } from '../replay/replayer.ts'"],
  ]
  for (const [file, text] of FORBIDDEN) {
    test(`${file} may not say ${text}`, () => {
      expect(strayImports(file, importsOf(file, text))).not.toEqual([])
    })
  }
})

test.describe('imports go in no circle', () => {
  test('between files', () => {
    expect(circlesIn(IMPORTS)).toEqual([])
  })

  test('between folders', () => {
    expect(circlesIn(roomGraph(IMPORTS))).toEqual([])
  })

  test('and a circle would be found', () => {
    const graph = new Map([
      ['a/a.ts', new Set(['b/b.ts'])],
      ['b/b.ts', new Set(['c.ts'])],
      ['b/other.ts', new Set(['a/a.ts'])],
      ['c.ts', new Set(['node:fs'])],
    ])
    expect(circlesIn(graph)).toEqual([])
    expect(circlesIn(roomGraph(graph))).toEqual([['a', 'b']])
    expect(circlesIn(new Map([...graph, ['c.ts', new Set(['a/a.ts'])]]))).toEqual([['a/a.ts', 'b/b.ts', 'c.ts']])
  })
})

test('no room is larger than 4,000 lines or an eighth of the house', () => {
  const sizes = roomSizes(FILES)
  const total = sizes.reduce((sum, { lines }) => sum + lines, 0)
  expect(sizes.filter(({ lines }) => lines > 4000 || lines > total * 0.12)).toEqual([])
  // With all that is in a folder.
  const folders = new Map<string, number>()
  for (const { room, lines } of sizes) {
    const [folder = ''] = room.split('/')
    folders.set(folder, (folders.get(folder) ?? 0) + lines)
  }
  expect([...folders].filter(([, lines]) => lines > 4000)).toEqual([])
})

test('received bytes become HTTP in one place', () => {
  expect(FILES.filter((file) => readSource(file).includes('new ResponseParser('))).toEqual(['client/wire.ts'])
})

test("tests take test and expect from test/helpers/test.ts, which costs less than the runner's own", () => {
  const strangers = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== 'helpers/test.ts' && file !== 'expect.test.ts')
    .filter((file) => {
      const text = readFileSync(join(import.meta.dirname, file), 'utf8')
      return /^import \{(?: | .*, )(?:test|expect)\b.*'@playwright\/test'/m.test(text)
    })
  expect(strangers).toEqual([])
})

test('http1 knows no clock and no randomness', () => {
  const offenders = FILES.filter((file) => file.startsWith('http1/')).filter((file) =>
    /\b(performance|Date|setTimeout|setImmediate|queueMicrotask|Math\.random|process)\b/.test(
      readSource(file).replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, ''),
    ),
  )
  expect(offenders).toEqual([])
})

test('socket events are listened to in one place', () => {
  expect(FILES.filter((file) => readSource(file).includes(".on('data'"))).toEqual(['client/socket-transport.ts'])
})

/** What a content means is known once: each of these is a reader, and where it stands. Those beside it read something else, or twice on purpose. */
// oxfmt-ignore
const READERS: readonly (readonly [what: string, mark: RegExp, files: readonly string[]])[] = [
  // The second scanner shares no code with redaction, which it looks after; captures of packets, archives and frames are no contents.
  ['content codings', /\b(?:gunzip|inflate(?:Raw)?|brotliDecompress|zstdDecompress)Sync\(|\bcreate(?:Gunzip|Inflate|BrotliDe|ZstdDe)/,
    ['content/coding-table.ts', 'content/gzip-member.ts', 'import/zip.ts', 'inspection/decodings.ts', 'websocket/deflate.ts']],
  ['charsets', /new TextDecoder\((?!\)|'utf-8'|UTF8)|charset\\s|charset="\?/, ['content/charset.ts']],
  // A page in a browser has its own script.
  ['media types', /\.split\(';'\)|\^multipart|\^application\\\/x-www|;\\s\*charset|;\\s\*\(\[!#/, ['requests/curl-options.ts', 'content/media-type.ts', 'view/page-detail.ts']],
  ['multipart', /boundary=\(|get\('boundary'\)/, ['content/multipart.ts']],
  ['forms', /new URLSearchParams\([^)]/, ['content/form-fields.ts', 'view/page-detail.ts']],
  ['escapes of URLs', /%\(?\[0-9a-f/i, ['content/escapes.ts', 'content/url-form.ts', 'inspection/decodings.ts']],
  ['cookies', /\.split\(\/;\\s|\(;\[ \\t\]/, ['content/cookies.ts']],
  // The others read what is not content: options, notes, the lines of a cassette; or are the second scanner.
  ['JSON', /\bJSON\.parse\(/,
    ['cli/init/config-edit.ts', 'cli/init/init-project.ts', 'cli/serve/play-options.ts', 'client/decoded-body.ts', 'content/json-content.ts', 'content/json-parts.ts', 'content/json-path.ts', 'format/encode.ts',
      'format/line-scalars.ts', 'format/pieces-of.ts', 'import/json-file.ts', 'inspection/played-list.ts', 'inspection/suspicious-tables.ts', 'link/messages.ts', 'link/pass.ts', 'playwright/cassette-note.ts', 'proxy/control.ts', 'register/finish-run.ts', 'register/run.ts', 'runner/notes-file.ts', 'store/lock.ts', 'view/page-detail.ts', 'view/page-script.ts']],
  // What else has angle brackets is a line of an .http file, or the second scanner.
  ['XML and HTML', /CDATA|\/<\(\[|\/<\(\\\//, ['named/elements.ts', 'inspection/places/in-messages.ts', 'inspection/suspicious-values.ts']],
  // In source and logs: a name, a colon or a comma, and a value in quotes or to the end of the line.
  ['named lines', /::\?\(\?!|\^\(\[\\w\.-\]\{1,80\}\):/, ['named/named-lines.ts']],
  ['assignments', /charCodeAt\(equals|\(\[\\w\.%\[?/, ['named/assignments.ts']],
  ['pairs in quotes', /'"""'|'=>'/, ['named/quoted-pairs.ts']],
  ['tables', /\^\(?\\\|\[/, ['named/tables.ts']],
  // Variables of .http files have braces, too.
  ['placeholders', /\\\{\\\{/, ['requests/templates.ts', 'templates/pattern.ts', 'content/placeholders.ts', 'inspection/secret-scan.ts', 'inspection/suspicious-maps.ts']],
  ['secret names', /passwd, /, ['secrets/name-tables.ts']],
]

test.describe('one reader each', () => {
  for (const [what, mark, files] of READERS)
    test(what, () => {
      const found = FILES.filter((file) => withoutComments(readSource(file)).some((line) => mark.test(line)))
      expect(found.toSorted()).toEqual([...files].toSorted())
    })
})

const withoutComments = (source: string): readonly string[] =>
  source.split('\n').filter((line) => !/^\s*(?:\/\*|\*|\/\/)/.test(line))
