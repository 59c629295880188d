import { answer, i16be, i32be, joined, received, sent, type Step } from './step.ts'

const typed = (type: string, ...parts: readonly (Buffer | string)[]): Buffer => {
  const body = joined(...parts)
  return joined(type, i32be(body.length + 4), body)
}
const untyped = (...parts: readonly (Buffer | string)[]): Buffer => {
  const body = joined(...parts)
  return joined(i32be(body.length + 4), body)
}
const START = sent(
  untyped(
    i32be(196_608),
    'user\0ada\0database\0shop\0application_name\0x\0replication\0on\0options\0-c a\0client_encoding\0UTF8\0\0',
  ),
)
const READY = typed('Z', 'I')
const query = (sql: string): Step => sent(typed('Q', `${sql}\0`))
const done = (word = 'SELECT 1'): Step => received(typed('C', `${word}\0`), READY)
const parse = (name: string, sql: string): Buffer => typed('P', `${name}\0${sql}\0`, i16be(1), i32be(23))
const bind = (portal: string, statement: string, value?: string): Buffer =>
  typed(
    'B',
    `${portal}\0${statement}\0`,
    i16be(1, 1),
    i16be(1),
    value === undefined ? i32be(-1) : joined(i32be(value.length), value),
    i16be(1, 0),
  )
const describe = (kind: string, name: string): Buffer => typed('D', `${kind}${name}\0`)
const execute = (portal: string, most = 0): Buffer => typed('E', `${portal}\0`, i32be(most))
const SYNC = typed('S')

export const POSTGRES: Readonly<Record<string, readonly Step[]>> = {
  'before it starts': [
    sent(untyped(i32be(80_877_103))),
    received('S'),
    sent(untyped(i32be(80_877_104))),
    received('N'),
    sent(untyped(i32be(80_877_102), i32be(1, 2))),
    START,
    received(typed('R', i32be(0)), typed('S', 'a\0b\0'), typed('K', i32be(7, 8)), READY),
  ],
  'logging in': [
    START,
    received(typed('R', i32be(10), 'SCRAM-SHA-256\0\0')),
    sent(typed('p', 'SCRAM-SHA-256\0')),
    received(typed('R', i32be(11), 'r=abc')),
    sent(typed('p', 'c=biws')),
    received(typed('R', i32be(12), 'v=abc')),
    received(typed('R', i32be(0))),
    received(typed('N', 'note\0'), READY),
  ],
  'a login that fails': [START, received(typed('R', i32be(5), 'salt')), received(typed('E', 'no\0')), received(READY)],
  queries: [
    START,
    received(READY),
    query('SELECT 1'),
    received(typed('T', i16be(0)), typed('D', i16be(0)), typed('A', i32be(1), 'x\0y\0')),
    done(),
    query('set x = 1'),
    done(),
    query('BEGIN'),
    done(),
    query(`SELECT   2\n${'x'.repeat(100)}`),
    done(),
    query('update a'),
    received(typed('E', 'no\0'), READY),
    query('ROLLBACK TO one'),
    done(),
    query('ROLLBACK'),
    done(),
    query('SELECT 3'),
    done(),
    sent(typed('F', i32be(1), '\xff')),
    received(typed('V', i32be(-1)), READY),
    received(typed('A', i32be(1), 'x\0y\0')),
    sent(typed('X')),
  ],
  'prepared statements': [
    START,
    received(READY),
    sent(
      parse('one', 'SELECT $1'),
      bind('p', 'one', 'a"b'),
      describe('P', 'p'),
      describe('S', 'one'),
      execute('p', 5),
      SYNC,
    ),
    received(typed('1'), typed('2'), typed('T', i16be(0)), typed('t', i16be(0)), typed('n'), typed('D', i16be(0))),
    received(typed('C', 'SELECT 1\0'), READY),
    sent(bind('', 'unknown'), execute('nowhere'), describe('P', 'nowhere'), describe('S', 'nowhere')),
    received(typed('2'), typed('s'), typed('n'), typed('T', i16be(0))),
    sent(parse('', 'RESET ALL'), bind('', '', '\xff'), execute(''), typed('C', 'Sone\0'), typed('H'), SYNC),
    received(typed('1'), typed('2'), typed('I'), typed('3'), READY),
    sent(parse('b', 'begin'), bind('', 'b', '1'), execute(''), bind('', 'one', '1'), execute(''), SYNC),
    sent(bind('', 'one', '2'), execute('')),
  ],
  errors: [
    START,
    received(READY),
    sent(parse('', 'SELECT'), bind('', '', 'a'), execute(''), SYNC, parse('', 'SELECT 2')),
    received(typed('1'), typed('E', 'no\0'), READY, typed('1')),
    sent(bind('', '', 'a'), execute('')),
    received(typed('E', 'no\0')),
    received(READY),
  ],
  copies: [
    START,
    received(READY),
    query('COPY a FROM STDIN'),
    received(typed('G', '\0', i16be(0))),
    sent(typed('d', 'a\tb\n'), typed('d', '\xff'), typed('c')),
    done('COPY 1'),
    sent(parse('', 'COPY b FROM STDIN'), bind('', '', ''), execute('')),
    received(typed('1'), typed('2'), typed('G', '\0', i16be(0))),
    sent(typed('f', 'no\0'), SYNC),
    received(typed('E', 'no\0'), READY),
    sent(typed('c')),
    received(typed('C', 'COPY 1\0')),
  ],
  'what is not PostgreSQL': [sent(i32be(7), i32be(0)), sent(i32be(10_001), i32be(0)), sent('GET / HT')],
  'an unknown message': [START, sent(typed('y')), sent('\x00\0\0\0\x04'), sent('Q\0\0\0\x03')],
  'a long start': [sent(i32be(10_000), i32be(0)), sent(i32be(8))],
  'a text without an end': [START, sent(typed('Q', 'SELECT'))],
  'a replay': [
    sent(untyped(i32be(80_877_103))),
    answer('N'),
    START,
    answer(typed('R', i32be(0)), typed('Z', 'I')),
    query('BEGIN'),
    answer(typed('C', 'BEGIN\0'), typed('Z', 'T')),
    sent(SYNC),
    sent(parse('', 'SELECT')),
    answer(typed('E', 'no\0')),
    sent(bind('', '', 'a'), typed('H'), SYNC, bind('', '', 'a')),
    query('COPY a FROM STDIN'),
    answer(typed('G', '\0', i16be(0))),
    sent(typed('c')),
    answer(typed('E', 'no\0')),
    sent(typed('d', 'late')),
    sent(typed('X')),
  ],
}
