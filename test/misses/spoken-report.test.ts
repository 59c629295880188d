import { expect, test } from '../helpers/test.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { type KnownQuestion, reportOnQuestion, reportOnSilence } from '../../src/misses/spoken-report.ts'
import type { MissContext } from '../../src/misses/miss-report.ts'
import type { Question } from '../../src/protocols/dialogue.ts'

const asked = (kind: string, values: Readonly<Record<string, string>>, role: Question['role'] = 'once'): Question => ({
  kind,
  text: `${kind} ${Object.values(values).join(' ')}`,
  fields: Object.entries(values).map(([name, value]) => ({ name, value })),
  role,
})
const recorded = (question: Question, isPlayed = false, connection = 1): KnownQuestion => ({
  question,
  connection,
  isPlayed,
})
const CONTEXT: MissContext = Object({ origin: 'tcp://db.test:1', origins: ['tcp://db.test:1'], face: 'command' })
const REPEATS = '--repeat plays an answer more than once'
const APPEND = '`wiretape record --append` adds it to the cassette'
const LONG = 'x'.repeat(200)

/** What is asked among what was recorded: the nearest, why they are not meant, how many are left, and the advice. */
// oxfmt-ignore
const CASES: Readonly<Record<string, readonly [asked: Question, known: readonly KnownQuestion[], nearest: readonly string[], left: string, advice: readonly string[]]>> = {
  'nothing was recorded': [asked('Query', { text: 'a' }), [], [], '0 of 0', [APPEND]],
  'another text': [asked('Query', { text: 'a' }), [recorded(asked('Query', { text: 'b' }))], ['Query b: text was a, recorded b'], '1 of 1', [APPEND]],
  'the same, played': [asked('Query', { text: 'a' }), [recorded(asked('Query', { text: 'a' }), true)], ['Query a: already played'], '0 of 1', [REPEATS, APPEND]],
  'another text, played': [asked('Query', { text: 'a' }), [recorded(asked('Query', { text: 'b' }), true)], ['Query b: text was a, recorded b; already played'], '0 of 1', [APPEND]],
  'another kind': [asked('Query', { text: 'a' }), [recorded(asked('Bind', { text: 'a' })), recorded(asked('Start', {}, 'setup'))], ['Bind a: recorded was a Bind, asked is a Query'], '1 of 1', [APPEND]],
  'one of its kind before others': [asked('Query', { text: 'a' }), [recorded(asked('Bind', { text: 'a' })), recorded(asked('Query', { text: 'z' }, 'setup'))], ['Query z: text was a, recorded z'], '1 of 1', [APPEND]],
  'the most alike first, what was played after it': [
    asked('Query', { text: 'abcd' }), [recorded(asked('Query', { text: 'xxxx' })), recorded(asked('Query', { text: 'abcx' }), true), recorded(asked('Query', { text: 'abxx' })), recorded(asked('Query', { text: 'abcy' }))],
    ['Query abcy: text was abcd, recorded abcy', 'Query abcx: text was abcd, recorded abcx; already played', 'Query abxx: text was abcd, recorded abxx'], '3 of 4', [APPEND],
  ],
  'a field more and a field less': [asked('Query', { text: 'a', one: '1' }), [recorded(asked('Query', { text: 'a', two: '2' }))], ['Query a 2: two was absent, recorded 2; one was 1, recorded absent'], '1 of 1', [APPEND]],
  'a long text': [asked('Query', { text: `${LONG}a${LONG}` }), [recorded(asked('Query', { text: `${LONG}b${LONG}` }))], [`Query ${LONG}b${LONG}: text was ...${'x'.repeat(60)}a${'x'.repeat(59)}..., recorded ...${'x'.repeat(60)}b${'x'.repeat(59)}...`], '1 of 1', [APPEND]],
  'a long text that begins otherwise': [asked('Query', { text: `a${LONG}` }), [recorded(asked('Query', { text: 'b' }))], [`Query b: text was a${'x'.repeat(119)}..., recorded b`], '1 of 1', [APPEND]],
  'a long text that ends otherwise': [asked('Query', { text: `${LONG}a` }), [recorded(asked('Query', { text: LONG }))], [`Query ${LONG}: text was ...${'x'.repeat(60)}a, recorded ...${'x'.repeat(60)}`], '1 of 1', [APPEND]],
}

for (const [name, [question, known, nearest, left, advice]] of Object.entries(CASES))
  test(`a question that was not recorded so: ${name}`, () => {
    const report = reportOnQuestion(question, known, CONTEXT)
    const shown = report.nearest.map(
      ({ statement, reasons }) => `${statement}: ${reasons.map(({ detail }) => detail).join('; ')}`,
    )
    expectEqual([shown, `${report.unplayed} of ${report.recorded}`, report.advice], [nearest, left, advice], name)
    expect([report.asked.statement, report.matchOn, report.told]).toEqual([question.text, ['statements'], undefined])
  })

test('a question whose recorded client left before it was answered', () => {
  const one = recorded(asked('Query', { text: 'a' }), false, 7)
  const report = reportOnSilence(one, [one], CONTEXT)
  expect([
    report.told,
    report.asked.statement,
    report.nearest.map(({ connection, reasons }) => [connection, reasons[0]?.what]),
  ]).toEqual([0, 'Query a', [[7, 'left']]])
})
