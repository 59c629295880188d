/** A text that is made to cost much, and what it is refused with. */
interface Huge {
  readonly make: (golden: string) => string
  readonly code: string
}

const MiB = 1 << 20

const times = (text: string, size: number): string => text.repeat(Math.floor(size / text.length))

const HEAD = 'wiretape: 1\nrecorded: { at: "2026-11-22T12:00:00.000Z", by: wiretape 0.1.0, node: "20.20.2" }\n'

const tape = (text: string, events = 1): string => `${HEAD}tape:${text}\nevents: ${events}\n`
const flowTape = (item: string): string => tape(` [${times(item, 12 * MiB)}{}]`)
const blockTape = (item: string): string => tape(`\n${times(item, 12 * MiB).trimEnd()}`)

/** In the place of a body in a cassette that is whole otherwise. */
const piece =
  (text: string) =>
  (golden: string): string =>
    golden.replace(' text: "a=1&b=2"', () => ` ${text}`).replace(/ +\n/g, '\n')

const json = (value: string): Huge => ({ make: piece(`json: ${value}`), code: 'CASSETTE_INVALID' })
const rows = (make: (index: number) => string, count: number): string =>
  Array.from({ length: count }, (_, at) => make(at)).join('')

/** A megabyte in one piece of JSON. */
const JSON_PIECES: Readonly<Record<string, Huge>> = {
  'json of commas': { make: piece(`json: [${times(',', MiB)}]`), code: 'CASSETTE_SYNTAX' },
  'json of commas with blanks between': { make: piece(`json: [${times(' ,', MiB)}]`), code: 'CASSETTE_SYNTAX' },
  'json of numbers': json(`[${times('1, ', MiB)}1]`),
  'json of nulls in another form': json(`[ ${times('null,', MiB)}null ]`),
  'json of empty maps': json(`[${times('{}, ', MiB)}{}]`),
  'json of empty lists in another form': json(`[${times('[],', MiB)}[]]`),
  'json of lists of lists': json(`[${times('[1, [2, [3]]], ', MiB)}1]`),
  'json of keys': json(`{ ${rows((at) => `k${at}: 1, `, 80_000)}z: 1 }`),
  'json of keys in another form': json(`{${rows((at) => `k${at}: 1,`, 80_000)}z: 1}`),
  'json of keys without values': json(`{${rows((at) => `k${at},`, 80_000)}z}`),
  'json of equal keys': json(`{${times(': ,', MiB)}}`),
  'json of question marks': json(`{${times('? ,', MiB)}}`),
  'json of a long number': json(`[ ${times('9', MiB)} ]`),
  'json of a long string': json(`{ a: "${times('x', MiB)}" }`),
  'json of a long string in single quotes': json(`{ a: '${times('x', MiB)}' }`),
  'json of lines': json(`\n${times('          - 1\n', MiB).trimEnd()}`),
  'json of lines of nothing': json(`\n${times('          -\n', MiB).trimEnd()}`),
}

export const HUGE: Readonly<Record<string, Huge>> = {
  ...JSON_PIECES,
  'a tape of empty maps': { make: () => flowTape('{},'), code: 'CASSETTE_INVALID' },
  'a tape of empty lists': { make: () => flowTape('[],'), code: 'CASSETTE_INVALID' },
  'a tape of words': { make: () => flowTape('a, '), code: 'CASSETTE_INVALID' },
  'a tape of commas': { make: () => flowTape(','), code: 'CASSETTE_SYNTAX' },
  'a tape of small maps': { make: () => flowTape('{a: 1},'), code: 'CASSETTE_TOO_LARGE' },
  'a tape of empty maps in lines': { make: () => blockTape('  - {}\n'), code: 'CASSETTE_INVALID' },
  'a tape of nothing in lines': { make: () => blockTape('  -\n'), code: 'CASSETTE_TOO_LARGE' },
  'a tape of small maps in lines': { make: () => blockTape('  - a: 1\n'), code: 'CASSETTE_INVALID' },
  'a tape of lines at the left': { make: () => blockTape('- a:  1\n'), code: 'CASSETTE_INVALID' },
  'a tape of folded lines': { make: () => tape(` >\n${times('  a\n', 12 * MiB)}`), code: 'CASSETTE_INVALID' },
  'a tape of quotes': { make: () => tape(` ['${times("''", 12 * MiB)}']`), code: 'CASSETTE_INVALID' },
  'keys at the left': {
    make: () => `${HEAD}${rows((at) => `k${at}: 1\n`, 800_000)}events: 0\n`,
    code: 'CASSETTE_TOO_LARGE',
  },
  'comments in another form': { make: () => tape(`  []\n${times('# a\n', 12 * MiB)}`, 0), code: 'read' },
  'empty lines': { make: () => tape(` []\n${times('\n', 12 * MiB)}`, 0), code: 'read' },
  'one comment': { make: () => tape(`  [] # ${times('a', 12 * MiB)}`, 0), code: 'read' },
  'pieces in another form': {
    make: piece(`\n${times('      -  text: "a"\n', 12 * MiB).trimEnd()}`),
    code: 'CASSETTE_TOO_LARGE',
  },
  'pieces in a line': { make: piece(`[${times('{text: a},', 12 * MiB)}{text: a}]`), code: 'CASSETTE_TOO_LARGE' },
  'ends in a line': {
    make: (golden) => golden.replace('[27]', () => `[${times('1,', 12 * MiB)}2]`),
    code: 'CASSETTE_TOO_LARGE',
  },
}

/** What a megabyte of JSON may take once the code is warm; see the writer's own limits. */
export const isJson = (name: string): boolean => Object.hasOwn(JSON_PIECES, name)
