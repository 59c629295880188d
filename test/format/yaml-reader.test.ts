import { expect, test } from '../helpers/test.ts'
import { every } from '../helpers/share.ts'
import { readAnyYaml, readYaml, YamlSource } from '../../src/format/yaml-reader.ts'
import { CassetteError, type ErrorCode } from '../../src/errors.ts'

/** A text, the code it is refused with, and the place where. */
const HOSTILE: Readonly<Record<string, readonly [text: string, code: ErrorCode, place: string]>> = {
  'an empty text': ['', 'CASSETTE_EMPTY', '1:1'],
  'blanks and comments': ['\n  # nothing\n\n', 'CASSETTE_EMPTY', '1:1'],
  'an anchor and its alias': ['a: &a [*a]\n', 'ALIAS_FORBIDDEN', '1:4'],
  'an alias': ['a: 1\nb:\n  - *a\n', 'ALIAS_FORBIDDEN', '3:5'],
  'merge keys': ['a: &a {k: 1}\nb: {<<: [*a, *a]}\n', 'ALIAS_FORBIDDEN', '1:4'],
  'a tag': ['a: 1\nb: !!js/function "x"\n', 'UNKNOWN_TAG', '2:4'],
  'a verbatim tag': ['!<tag:yaml.org,2002:str> a\n', 'UNKNOWN_TAG', '1:1'],
  'a tag on a key': ['!!python/object/apply:os.system ["id"]: 1\n', 'UNKNOWN_TAG', '1:1'],
  'a directive': ['%TAG ! tag:example.com,2000:\n---\na: 1\n', 'CASSETTE_SYNTAX', '1:1'],
  'a second document': ['a: 1\n---\nb: 2\n', 'CASSETTE_SYNTAX', '2:1'],
  'flow sequences in each other': ['['.repeat(2000), 'DEPTH_EXCEEDED', '1:17'],
  'flow maps in each other': ['{a: '.repeat(2000), 'DEPTH_EXCEEDED', '1:65'],
  'block sequences in each other': ['- '.repeat(2000), 'DEPTH_EXCEEDED', '1:33'],
  'keys in each other': ['? '.repeat(2000), 'DEPTH_EXCEEDED', '1:33'],
  'maps in each other': [nested(20), 'DEPTH_EXCEEDED', '17:18'],
  'a tab that begins a line of a head': [
    'a:\n  - crlf: |+\n      GET / HTTP/1.1\n\t*/*: b\n',
    'CASSETTE_SYNTAX',
    '4:1',
  ],
  'a tab among the blanks of a line': ['a:\n  b: 1\n \t&c: 2\n', 'CASSETTE_SYNTAX', '3:2'],
  'a comma without a value before it': ['a: [1,,2]\n', 'CASSETTE_SYNTAX', '1:7'],
  'a comma with only a blank before it': ['a: [1, ,2]\n', 'CASSETTE_SYNTAX', '1:8'],
  'a comma with a line and a comment before it': ['a: [1, # b\n  ,2]\n', 'CASSETTE_SYNTAX', '2:3'],
  'a list that begins with a comma': ['a: [ ,1]\n', 'CASSETTE_SYNTAX', '1:6'],
  'a map that begins with a comma': ['a: { , b: 1}\n', 'CASSETTE_SYNTAX', '1:6'],
  'an anchor after blanks': ['a:\n  -   &b 1\n', 'ALIAS_FORBIDDEN', '2:7'],
  'an anchor in a list': ['a: [1, &b 2]\n', 'ALIAS_FORBIDDEN', '1:8'],
  'an anchor on a key': ['&a b: 1\n', 'ALIAS_FORBIDDEN', '1:1'],
  'an anchor after a comment': ['# a\n&a b: 1\n', 'ALIAS_FORBIDDEN', '2:1'],
  'an alias as a value of a key': ['a: *b\n', 'ALIAS_FORBIDDEN', '1:4'],
  'an alias as a key': ['*b : 1\n', 'ALIAS_FORBIDDEN', '1:1'],
  'a tag alone': ['a: ! 1\n', 'UNKNOWN_TAG', '1:4'],
  'a tag in a map': ['a: {b: !c 1}\n', 'UNKNOWN_TAG', '1:8'],
  'text that begins with a percent sign': ['a: 1\n%b: 2\n', 'CASSETTE_SYNTAX', '2:1'],
  'text that begins with an at sign': ['a: @b\n', 'CASSETTE_SYNTAX', '1:4'],
  'text that begins with a backtick': ['a: `b`\n', 'CASSETTE_SYNTAX', '1:4'],
  'an open quote': ['a: "b\n', 'CASSETTE_SYNTAX', '2:1'],
  'an open bracket': ['a: [b\n', 'CASSETTE_SYNTAX', '2:1'],
  'a control character': ['a: 1\nb: "\u0007"\n', 'CASSETTE_SYNTAX', '2:5'],
  'a bare carriage return': ['a: 1\rb: 2\n', 'CASSETTE_SYNTAX', '1:5'],
  'a line separator': ['a: "\u2028"\n', 'CASSETTE_SYNTAX', '1:5'],
  'half of a surrogate pair': ['a: "\ud800"\n', 'CASSETTE_SYNTAX', '1:5'],
  'equal keys': ['a: 1\nb: 2\na: 3\n', 'CASSETTE_INVALID', '3:1'],
  'equal keys in different quotes': ['{ a: 1, "\\u0061": 2 }\n', 'CASSETTE_INVALID', '1:9'],
  'a list as key': ['? [a]\n: 1\n', 'CASSETTE_SYNTAX', '1:3'],
  'a merge conflict': ['a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> other\n', 'CASSETTE_CONFLICT', '2:1'],
  'a merge conflict of CRLF lines': ['a: 1\r\n<<<<<<< HEAD\r\nb: 2\r\n', 'CASSETTE_CONFLICT', '2:1'],
}

const item = (...pieces: readonly string[]): string =>
  `wiretape: 1\ntape:\n  - at: 1\n    via: 1\n    sent:\n${pieces.map((piece) => `      - json: ${piece}\n        style: [ spaced ]\n`).join('')}`

const values = (count: number): string => `[${'1,'.repeat(count - 1)}1]`

test.describe('readYaml', () => {
  for (const [name, [text, code, place]] of Object.entries(HOSTILE)) {
    test(`refuses ${name} with ${code} at ${place}`, () => {
      const error = failureOf(text)
      expect(error).toMatchObject({ code, file: 'users.yaml' })
      expect(`${error?.line}:${error?.column}`).toBe(place)
    })
  }

  test('advises how to write text that begins with a YAML indicator', () => {
    const hints = ['*/*', '&amp;', '!important', '@b', '`b`', '%2F'].map(
      (text) => failureOf(`a:\n  b: ${text}\n`)?.message,
    )
    expect(hints.filter((hint) => hint === undefined || !hint.includes('must be in quotes'))).toEqual([])
    expect(failureOf('a: |\n  b\n\tc: d\n')?.message).toContain('a tab cannot indent a line')
  })

  test('names an invisible character by its number', () => {
    for (const [char, name] of [
      ['\u0007', 'U+0007'],
      ['\u0085', 'U+0085'],
      ['\u2028', 'U+2028'],
      ['\ufeff', 'U+FEFF'],
      ['\ud800', 'U+D800'],
    ] as const)
      expect([name, failureOf(`a: "${char}"\n`)?.message]).toEqual([
        name,
        expect.stringContaining(`${name} is allowed only as an escape`),
      ])
  })

  test('says that a value is missing before a comma, whatever else stands there', () => {
    const texts = [
      '[1,,2]',
      '[1, ,2]',
      '[1,\t,2]',
      '[1, # b\n  ,2]',
      '[ ,1]',
      '[\n  ,1]',
      '{ , b: 1}',
      '{b: 1 , , c: 2}',
    ]
    for (const text of texts)
      expect([text, failureOf(`a: ${text}\n`)?.message]).toEqual([
        text,
        expect.stringContaining('there is no value before this comma'),
      ])
  })

  test('counts the values of each JSON piece on its own, whatever form its item has', () => {
    expect(failureOf(item(values(3000), values(3000), values(4095)))).toBeUndefined()
    const over = failureOf(item(values(3000), `{ a: ${values(3000)}, b: ${values(3000)} }`))
    expect(over).toMatchObject({ code: 'CASSETTE_INVALID', line: 8, message: expect.stringContaining('4096 values') })
  })

  test('reads a long tape of which one event has another form', () => {
    const ours = '  - end: 1\n    at: 5\n    by: client\n'
    const other = "  - end: 1\n    at: 6\n    by: 'server'\n"
    const many = ours.repeat(2500)
    const source = new YamlSource(`wiretape: 1\ntape:\n${many}${other}${many}events: 5001\n`, undefined)
    const root = readYaml(source)
    const tape = root.type === 'map' && root.entries.get('tape')?.value
    expect(tape && tape.type === 'list' && tape.items.length).toBe(5001)
    // As a whole it has more words and marks than are read in another form.
    expect(() => readAnyYaml(source)).toThrow(expect.objectContaining({ code: 'CASSETTE_TOO_LARGE' }))
  })

  test('survives the text that kills the YAML library: two kilobytes of brackets, sixty times', () => {
    const errors = Array.from({ length: 60 }, () => failureOf('['.repeat(2000)))
    expect(new Set(errors.map((error) => error?.code))).toEqual(new Set(['DEPTH_EXCEEDED']))
  })

  test('does not read the text of a body as YAML', () => {
    const body = ['['.repeat(99), '&anchor *alias !tag', '<<<<<<< HEAD', '%TAG', '- - - -'].map((line) => `    ${line}`)
    const texts = [
      `a:\n  - |\n${body.join('\n')}\n`,
      `a: "${'['.repeat(99)} &a *a !t"\n`,
      `a: '${'{'.repeat(99)}'\n`,
      'a: b&c*d!e\n',
      'a: [ 1 , 2 , ]\n',
      'a: { b: 1 , c: "," }\n',
      'a: ["", \' \', b]\n',
      'a: # &b *c !d\n  - 1 # , ,\n',
      'a: " &b"\nb: \' *c\'\nc: "!d"\n',
      'a:\n  - 1,,2\n',
    ]
    for (const text of texts) expect(failureOf(text), text).toBeUndefined()
  })

  test('does not confuse a key with a property of objects', () => {
    const node = readYaml(new YamlSource('__proto__: { polluted: 1 }\nconstructor: 2\n', undefined))
    expect(node.type === 'map' && [...node.entries.keys()]).toEqual(['__proto__', 'constructor'])
    expect('polluted' in {}).toBe(false)
  })

  test('takes linear time for a hostile text', () => {
    const shapes = [
      '[',
      '- ',
      '"',
      "a: '\n",
      '#\n',
      '\n',
      '? ',
      ': ',
      'a: b: ',
      '&a ',
      '! ',
      '---\n',
      '\\',
      '{a,',
      'a: |\n',
      ' ',
      '\t\n',
      '}',
    ]
    for (const shape of every(3, shapes)) {
      const start = performance.now()
      failureOf(shape.repeat(20_000 / shape.length))
      // Quadratic time would be many seconds.
      expect(performance.now() - start, JSON.stringify(shape)).toBeLessThan(2000)
    }
  })
})

function nested(depth: number): string {
  return Array.from({ length: depth }, (_, level) => `${' '.repeat(level)}a:\n`).join('')
}

function failureOf(text: string): CassetteError | undefined {
  try {
    readYaml(new YamlSource(text, 'users.yaml'))
  } catch (error) {
    if (error instanceof CassetteError) return error
    throw error
  }
  return undefined
}
