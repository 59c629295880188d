import { expect, test } from '../helpers/test.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { Gate } from '../helpers/gate.ts'
import { readHookResponse, readHookResult } from '../../src/hooks/hook-result.ts'
import { Hook } from '../../src/hooks/hook.ts'
import { hookedCassette } from '../../src/hooks/hooked-cassette.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const said = (run: () => unknown): string => {
  try {
    return JSON.stringify(run())
  } catch (error) {
    return error instanceof TypeError ? error.message : String(error)
  }
}
const RESPONSE = { status: 200, reason: 'OK', headers: [['A', ' b ']], body: 'c' }
const READ = '{"subject":"200 OK","headers":[{"name":"A","value":"b"}],"body":"c"}'

/** What a hook gave for a response that had a status, and what is read of it or wrong with it. */
// oxfmt-ignore
const RESPONSES: readonly (readonly [given: unknown, before: number, read: string])[] = [
  [RESPONSE, 200, READ], [RESPONSE, 404, READ], [{ ...RESPONSE, headers: [] }, 200, '{"subject":"200 OK","headers":[],"body":"c"}'],
  [RESPONSE, 101, 'its status is 200, and was 101'], [{ ...RESPONSE, status: 101 }, 200, 'its status is 101, and was 200'], [{ ...RESPONSE, status: 101 }, 101, READ.replace('200', '101')],
  [{ ...RESPONSE, status: 199 }, 200, 'its status is 199, and was 200'], [{ ...RESPONSE, status: 999 }, 200, READ.replace('200', '999')], [{ ...RESPONSE, status: 1000 }, 200, 'its status is of type number'],
  [{ ...RESPONSE, status: 99 }, 200, 'its status is of type number'], [{ ...RESPONSE, status: 200.5 }, 200, 'its status is of type number'], [{ ...RESPONSE, status: '200' }, 200, 'its status is a text that may not stand there'],
  [{ ...RESPONSE, reason: '' }, 200, READ.replace('200 OK', '200 ')], [{ ...RESPONSE, reason: 'a\nb' }, 200, 'its reason is a text that may not stand there'], [{ ...RESPONSE, reason: 5 }, 200, 'its reason is of type number'],
  [{ ...RESPONSE, headers: {} }, 200, 'the headers of its response are of type object and no list'], ...[['A'], ['A', 'b', 'c'], ['A b', 'c'], ['A', 'b\n'], ['A', 5], 'AB', null].map((header) => [{ ...RESPONSE, headers: [header] }, 200, 'one of the headers of its response is not a pair of a name and a value'] as const),
  [{ ...RESPONSE, body: undefined }, 200, 'the body of its response is undefined'], [{ ...RESPONSE, body: [] }, 200, 'the body of its response is an array'], [{ ...RESPONSE, body: 'ä' }, 200, READ.replace('"c"', '"Ã¤"')],
  [{ ...RESPONSE, body: Buffer.from('xyz').subarray(1) }, 200, READ.replace('"c"', '"yz"')], [null, 200, 'its response is null'], ['x', 200, 'its response is a text that may not stand there'],
]
test('a response that a hook gave is read, or what is wrong with it is told', () => {
  for (const [given, before, read] of RESPONSES)
    expectEqual(
      said(() => readHookResponse(given, before)),
      read,
      JSON.stringify(given),
    )
})

const ASKED = { method: 'GET', target: '/a', headers: [], body: '' }
const NEW = '{"request":{"subject":"/a","headers":[],"body":""}}'

/** What a hook gave for an exchange with a response or without. */
// oxfmt-ignore
const RESULTS: readonly (readonly [given: unknown, hasResponse: boolean, read: string])[] = [
  [{ request: ASKED }, false, NEW], [{ request: ASKED, response: RESPONSE }, true, `${NEW.slice(0, -1)},"response":${READ}}`], [{ request: ASKED }, true, 'its response is missing'], [{ request: ASKED, response: RESPONSE }, false, 'it has a response where none came'],
  [{ request: { ...ASKED, method: 'PUT' } }, false, 'its method is another one'], [{ request: { ...ASKED, target: 'a b' } }, false, 'its target is a text that may not stand there'], [{ request: { ...ASKED, target: 5 } }, false, 'its target is of type number'],
  [{}, false, 'its request is undefined'], [null, false, 'it gave null and not the interaction'], [undefined, false, 'it gave undefined and not the interaction'], [[], false, 'its request is undefined'],
]
test('an exchange that a hook gave is read, or what is wrong with it is told', () => {
  for (const [given, hasResponse, read] of RESULTS)
    expectEqual(
      said(() =>
        readHookResult(given, {
          origin: '',
          request: ASKED,
          ...(hasResponse && { response: { ...RESPONSE, headers: [] } }),
        }),
      ),
      read,
      JSON.stringify(given),
    )
})

test('what frames a message stays where a hook leaves it out, behind all that it gives', async () => {
  const cassette = oneConnection('http://api.test', (it) =>
    it.sent(request('POST', '/', 'abc', ['Connection: keep-alive', 'X-A: 1'])).received(answer('xyz')),
  )
  const hook = new Hook('beforeRecord', ({ request: asked, response }) => ({
    request: { ...asked, headers: [['X-B', '2']] },
    response: response && { ...response, headers: [], body: 'longer' },
  }))
  const { tape } = await hookedCassette(cassette, hook)
  expect(hook.failures).toEqual([])
  expect(tape.flatMap((event) => ('bytes' in event ? [Buffer.from(event.bytes).toString()] : []))).toEqual([
    'POST / HTTP/1.1\r\nX-B: 2\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc',
    'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nlonger',
  ])
})

test('an exchange whose hook was given up stays without its bodies, whatever the hook gives afterwards', async () => {
  const { tape } = oneConnection('http://api.test', (it) =>
    it.sent(request('POST', '/', 'abc')).received(answer('xyz')),
  )
  const gate = new Gate()
  const hook = new Hook('beforeRecord', (interaction) => gate.opened.then(() => interaction))
  const hooked = hook.take(tape, () => 'http://api.test')
  expect(hooked.isDone).toBe(false)
  const { after } = hooked.result()
  expect(hook.failures).toMatchObject([{ code: 'HOOK_TIMEOUT', reason: 'the recording ended before it' }])
  gate.open()
  await hooked.done()
  expect(hooked.result().after).toEqual(after)
  expect(after).not.toEqual(tape)
})
