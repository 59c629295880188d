import { expect, test } from '../helpers/test.ts'
import { runTypeScript } from '../helpers/ts-process.ts'

const OWN = 'x-other,X-Other'

/** The notes of every listener on one request. */
const within = (whose: string, fields: string = OWN): readonly string[] => [
  `request: ${whose}`,
  `fields: ${fields}`,
  `data: ${whose}`,
  `end: ${whose}`,
  `finish: ${whose}`,
  'wrapped: true',
  'taken back: true, shown: false',
]

test('all that a request brings about in a program belongs to its test, and the program does not see that', async () => {
  const { stdout, stderr, code } = await runTypeScript(new URL('incoming-process.ts', import.meta.url))
  expect(code, stderr).toBe(0)
  expect(JSON.parse(stdout)).toEqual({
    '/first': within('a'),
    '/none': within('nobody'),
    '/unknown': within('nobody', 'x-other,x-test,X-Other,X-TEST'),
    '/second': within('b'),
    '/continued': within('c'),
    '/expected': within('f'),
    upgrade: ['upgrade: d', 'field: undefined', 'data later: d'],
    greeting: ['HTTP/1.1 204 No Content', true],
    '/meanwhile': within('e'),
    'before it may': false,
    '/late': within('late'),
  })
})
