import { load as parseYaml } from 'js-yaml'
import type { Found, Seen } from './experiment.ts'
import { PAUSE, SECRET } from './server.ts'
import type { Tool } from './tools.ts'

/** A row of the table: a question, and what an experiment says about a tool. */
export interface Row {
  readonly name: string
  /** A test of ours that looks closer. */
  readonly test: readonly [file: string, title: string]
  cell(found: Found): string
}

type Fields = NonNullable<Seen['fields']>

const SAME_PARSER = ['test/replay/same-parser.test.ts', 'what a client sees of a replay is what it saw live'] as const

export const ROWS: readonly Row[] = [
  {
    name: 'field lines of an answer',
    test: SAME_PARSER,
    cell: (found) => of(found, 'fields', (plain, replayed) => fieldLines(plain.fields ?? [], replayed.fields ?? [])),
  },
  {
    name: 'reason phrase',
    test: SAME_PARSER,
    cell: (found) => of(found, 'fields', (plain, replayed) => yes(plain.reason === replayed.reason)),
  },
  {
    name: 'trailers',
    test: SAME_PARSER,
    cell: (found) => of(found, 'trailers', (plain, replayed) => list(plain.trailers ?? [], replayed.trailers ?? [])),
  },
  {
    name: 'interim responses',
    test: SAME_PARSER,
    cell: (found) => of(found, 'early', (plain, replayed) => list(plain.interim ?? [], replayed.interim ?? [])),
  },
  {
    name: 'chunk framing, with extensions',
    test: SAME_PARSER,
    cell: ({ text }) => yes(text.includes('note=first')),
  },
  {
    name: 'pieces of a body, and the time between them',
    test: ['test/replay/timing.test.ts', 'has a factor, of the real time'],
    cell: (found) => of(found, 'pieces', pieces),
  },
  {
    name: 'a body that ends early',
    test: ['test/intercept/endings.test.ts', 'unchanged, it sees the same by itself, recorded and replayed'],
    cell: (found) => failure(found, 'cut'),
  },
  {
    name: 'a reset in a body',
    test: ['test/intercept/endings.test.ts', 'unchanged, it sees the same by itself, recorded and replayed'],
    cell: (found) => failure(found, 'reset'),
  },
  {
    name: 'an answer that the client refuses',
    test: SAME_PARSER,
    cell: (found) => failure(found, 'malformed'),
  },
  {
    name: 'what it catches in a Node process',
    test: ['test/intercept/capture.test.ts', 'unchanged, it sees the same plain, recorded and replayed'],
    cell: ({ plain, replayed }) => {
      if (plain['node:http'] === undefined || replayed['node:http'] === undefined) return '-'
      const scenes = ['node:http', 'fetch', 'WebSocket', 'raw TCP']
      return scenes.filter((scene) => isSame(plain[scene], replayed[scene])).join(', ')
    },
  },
  {
    name: 'what a miss names',
    test: ['test/replay/miss-report.test.ts', 'of another method names both, and where the bytes part'],
    cell: ({ replayed }) => {
      const { message = '' } = replayed['miss'] ?? {}
      const named = [
        ...(message.includes('page=2') ? ['the request'] : []),
        ...(/page=[134]/.test(message) ? ['the nearest recorded'] : []),
        ...(message.includes('first difference at byte') ? ['the first byte that differs'] : []),
      ]
      return named.length === 0 ? 'nothing' : named.join(', ')
    },
  },
  {
    name: 'interactions left after `kill -9`, of 3 that were over',
    test: ['test/torture.test.ts', 'what was acknowledged survives a kill after'],
    cell: ({ survivors }) => String(survivors),
  },
  {
    name: 'a token in `Authorization`, by default',
    test: ['test/redaction/kinds.test.ts', 'a secret goes from a request'],
    cell: ({ text }) => {
      if (text.includes(`Bearer ${SECRET}`)) return 'in the file'
      return /\bauthorization\b/i.test(text) ? 'a placeholder' : 'field not kept'
    },
  },
  {
    name: 'a token in `Set-Cookie`, by default',
    test: ['test/redaction/names.test.ts', 'attributes of a cookie'],
    cell: ({ text }) => (text.includes(`session=${SECRET}`) ? 'in the file' : 'a placeholder'),
  },
  {
    name: 'form of the file',
    test: ['test/intercept/capture.test.ts', 'the cassette is as readable as any other'],
    cell: ({ text }) => formOf(text),
  },
]

/** A line for each row, with a column for each tool, and at the end the test that looks closer at ours. */
export function table(all: readonly (readonly [Tool, Found])[]): string {
  const titles = ['', ...all.map(([tool]) => titleOf(tool)), 'more']
  const clients = ['seen by', ...all.map(([{ client }]) => client), '']
  const lines = ROWS.map((row) =>
    [row.name].concat(
      all.map(([, found]) => row.cell(found)),
      `\`${row.test[0]}\``,
    ),
  )
  return [titles, titles.map(() => '---'), clients, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

export const titleOf = ({ name, version = '' }: Tool): string => `${name} ${version}`.trim()

const yes = (isKept: boolean): string => (isKept ? 'yes' : 'no')

/** What there is to say if both have an answer. */
function of({ plain, replayed }: Found, scene: string, say: (plain: Seen, replayed: Seen) => string): string {
  const [before, after] = [plain[scene], replayed[scene]]
  if (before === undefined || after === undefined) return 'not tried'
  return after.error === undefined ? say(before, after) : 'no answer'
}

function list(plain: readonly unknown[], replayed: readonly unknown[]): string {
  return plain.length === 0 ? 'not seen by this client' : yes(JSON.stringify(plain) === JSON.stringify(replayed))
}

/** What became of names, order and repeats of those that the server chose, as far as the client sees them. */
function fieldLines(plain: Fields, replayed: Fields): string {
  const ours = (fields: Fields): Fields => fields.filter(([name]) => name.toLowerCase().startsWith('x-'))
  const [before, after] = [ours(plain), ours(replayed)]
  const hasOrder = orderOf(before, false) === 'x-zulu x-alpha x-zulu'
  const hasRepeats = after.length === before.length
  const lost = [
    ...(before.every(([name]) => after.some(([other]) => other === name)) ? [] : ['case']),
    ...(hasOrder && orderOf(before, !hasRepeats) !== orderOf(after, !hasRepeats) ? ['order'] : []),
    ...(hasRepeats ? [] : ['repeats']),
  ]
  if (lost.length > 0) return `without ${lost.join(', ')}`
  return hasOrder ? 'as they came' : 'repeats; this client sees no more'
}

function orderOf(fields: Fields, once: boolean): string {
  const names = fields.map(([name]) => name.toLowerCase())
  return (once ? [...new Set(names)] : names).join(' ')
}

function pieces(plain: Seen, replayed: Seen): string {
  const count = replayed.pieces?.length ?? 0
  const isSlow = (replayed.gap ?? 0) >= PAUSE / 2
  if ((plain.pieces?.length ?? 0) < 2 && (plain.gap ?? 0) < PAUSE / 2) return 'not seen by this client'
  return count === plain.pieces?.length && isSlow ? 'yes' : 'no'
}

/** Whether the client fails, or does not, as it did without the tool. */
function failure({ plain, replayed }: Found, scene: string): string {
  const [before, after] = [plain[scene], replayed[scene]]
  if (before === undefined || after === undefined) return 'not tried'
  if (isSame(before, after)) return before.error === undefined ? 'not refused by this client' : 'yes'
  if (after.error === undefined) return 'a whole answer'
  return isMiss(replayed['miss'], after) ? 'not recorded' : 'another error'
}

/** How a tool says that a recording is missing: by a code, or by the first words of its message. */
function isMiss(miss: Seen | undefined, other: Seen): boolean {
  return miss?.error === other.error || (miss?.message !== undefined && beginning(miss) === beginning(other))
}

const beginning = ({ message = '' }: Seen): string => message.slice(0, 40)

const isSame = (one: Seen | undefined, other: Seen | undefined): boolean =>
  one?.error === other?.error && one?.body === other?.body && one?.pieces?.join('') === other?.pieces?.join('')

function formOf(text: string): string {
  try {
    JSON.parse(text)
    return 'JSON'
  } catch {
    return isYaml(text) ? 'YAML' : 'binary'
  }
}

function isYaml(text: string): boolean {
  try {
    return typeof parseYaml(text.replaceAll('!ruby/', '!')) === 'object'
  } catch {
    return text.startsWith('---\nhttp_interactions')
  }
}
