import { expect, test } from '../helpers/test.ts'
import { HookedRecords, type RecordHooks } from '../../src/hooks/hooked-records.ts'
import type { RecordHook } from '../../src/hooks/hook.ts'
import type { RequestHook } from '../../src/hooks/request-hook.ts'
import type { TapeEvent } from '../../src/tape/cassette.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

const { tape: ONE } = oneConnection('http://api.test', (it) => it.sent(request('GET', '/a')).received(answer('hello')))
const { tape: PIPELINED } = oneConnection('http://api.test', (it) =>
  it
    .sent(request('GET', '/a') + request('GET', '/b'))
    .received(answer('one'))
    .received(answer('two')),
)

const textOf = (events: readonly TapeEvent[]): string =>
  events
    .map((event) => ('bytes' in event ? Buffer.from(event.bytes).toString().split('\r\n')[0] : event.type))
    .join('|')

/** The records of these hooks; `written` has what was written, and `redacted` what was given to be redacted. */
function recordsOf(hooks: RecordHooks): {
  readonly records: HookedRecords
  readonly written: string[]
  readonly redacted: string[]
} {
  const [written, redacted] = [new Array<string>(), new Array<string>()]
  const records = HookedRecords.of(hooks, {
    redact: (events) => {
      redacted.push(textOf(events))
      return events
    },
    write: (events) => void written.push(textOf(events)),
  })
  if (records === undefined) throw new Error('no hooks')
  return { records, written, redacted }
}

const beforeRecord: RecordHook = (interaction) => interaction
const normalizeRequest: RequestHook = ({ request: asked }) => asked

test('there are records to be hooked only if there is a hook', () => {
  const options = { redact: (events: readonly TapeEvent[]) => events, write: () => {} }
  expect(HookedRecords.of({}, options)).toBeUndefined()
  expect(HookedRecords.of({ hookTimeout: 5 }, options)).toBeUndefined()
  expect(HookedRecords.of({ beforeRecord }, options)).toBeInstanceOf(HookedRecords)
  expect(HookedRecords.of({ normalizeRequest }, options)).toBeInstanceOf(HookedRecords)
  for (const hooks of [{ beforeRecord: Object(1) }, { normalizeRequest: Object(1) }, { beforeRecord, hookTimeout: 0 }])
    expect(() => HookedRecords.of(hooks, options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
})

test('a hook that answers at once has its record written when it is added, redacted before it', () => {
  const origins: string[] = []
  const { records, written, redacted } = recordsOf({
    beforeRecord: (interaction) => {
      origins.push(interaction.origin)
      return { ...interaction, request: { ...interaction.request, target: '/hooked' } }
    },
  })
  records.add(ONE)
  expect(written).toEqual(['open|GET /hooked HTTP/1.1|HTTP/1.1 200 OK'])
  expect(redacted).toEqual(['open|GET /a HTTP/1.1|HTTP/1.1 200 OK'])
  // The opening was in a record before.
  records.add(ONE.slice(1))
  records.add(ONE.slice(1).map((event) => Object.assign({}, event, { connection: 9 })))
  expect(origins).toEqual(['http://api.test', 'http://api.test', ''])
  expect(written).toHaveLength(3)
  expect(records.error((text) => text)).toBeUndefined()
})

test('a request is normalized as it was sent, and what was made of it is redacted', () => {
  const { records, written, redacted } = recordsOf({
    normalizeRequest: ({ request: asked }) => ({ ...asked, target: '/normal' }),
    beforeRecord: (interaction) => ({
      ...interaction,
      request: { ...interaction.request, target: `${interaction.request.target}-hooked` },
    }),
  })
  records.add(ONE)
  expect(redacted).toEqual(['open|GET /a HTTP/1.1|HTTP/1.1 200 OK', 'open|GET /normal HTTP/1.1|HTTP/1.1 200 OK'])
  expect(written).toEqual(['open|GET /normal-hooked HTTP/1.1|HTTP/1.1 200 OK'])
  const alone = recordsOf({ normalizeRequest: ({ request: asked }) => ({ ...asked, target: '/normal' }) })
  alone.records.add(ONE)
  expect(alone.written).toEqual(['open|GET /normal HTTP/1.1|HTTP/1.1 200 OK'])
})

test('what cannot be redacted is written as it is, and no hook sees it', () => {
  const written: string[] = []
  let calls = 0
  const records = HookedRecords.of(
    {
      beforeRecord: (interaction) => {
        calls += 1
        return interaction
      },
    },
    {
      redact: () => {
        throw new Error('cannot')
      },
      write: (events) => void written.push(textOf(events)),
    },
  )
  records?.add(ONE)
  expect([calls, written]).toEqual([0, ['open|GET /a HTTP/1.1|HTTP/1.1 200 OK']])
})

test('records wait for a hook that promises, and keep their order', async () => {
  const asked: (() => void)[] = []
  const { records, written } = recordsOf({
    beforeRecord: (interaction) =>
      interaction.request.target === '/a'
        ? new Promise((resolve) => void asked.push(() => resolve(interaction)))
        : interaction,
    hookTimeout: 60_000,
  })
  records.add(ONE)
  const other = oneConnection('http://api.test', (it) => it.sent(request('GET', '/c')).received(answer('c'))).tape
  records.add(other.map((event) => Object.assign({}, event, { connection: 2 })))
  expect(written).toEqual([])
  asked[0]?.()
  await expect
    .poll(() => written)
    .toEqual(['open|GET /a HTTP/1.1|HTTP/1.1 200 OK', 'open|GET /c HTTP/1.1|HTTP/1.1 200 OK'])
  records.add(ONE)
  asked[1]?.()
  await records.settle()
  expect(written).toHaveLength(3)
})

test('settling gives what is held because of its missing answers to the hook, too', async () => {
  const targets: string[] = []
  const { records, written } = recordsOf({
    beforeRecord: (interaction) => {
      targets.push(interaction.request.target)
      return interaction
    },
  })
  records.add(PIPELINED.slice(0, 3))
  expect([targets, written]).toEqual([[], []])
  await records.settle()
  expect([targets, written.length]).toEqual([['/a', '/b'], 1])
})

test('giving up writes what is held and what waits, without the bodies of the latter', () => {
  const { records, written } = recordsOf({ beforeRecord: () => new Promise(() => {}), hookTimeout: 20 })
  records.add(ONE)
  records.add(PIPELINED.slice(0, 3).map((event) => Object.assign({}, event, { connection: 2 })))
  expect(written).toEqual([])
  records.giveUp()
  expect(written).toEqual(['open|GET /a HTTP/1.1|HTTP/1.1 200 OK', 'open|GET /a HTTP/1.1|HTTP/1.1 200 OK'])
  expect(records.error((text) => text.replace('/a', '/x'))).toMatchObject({
    code: 'HOOK_TIMEOUT',
    message: expect.stringMatching(/beforeRecord, at GET \/x: the recording ended before it, and 2 more/),
  })
  records.giveUp()
  expect(written).toHaveLength(2)
})

const fail = (): never => {
  throw new Error('no')
}

test('nothing is written of a record of which nothing is left, and the failure of normalizing goes first', () => {
  const nothing = recordsOf({ beforeRecord: () => null })
  nothing.records.add(ONE)
  expect(nothing.written).toEqual([])
  const both = recordsOf({ normalizeRequest: fail, beforeRecord: fail })
  both.records.add(ONE)
  expect(both.records.error((text) => text)?.message).toContain('normalizeRequest, at GET /a: Error: no')
  expect(both.written).toHaveLength(1)
  const tape = new TapeWriter()
  tape.open('http://api.test').sent('\0').closed('client')
  const raw = recordsOf({ beforeRecord: fail })
  raw.records.add(tape.cassette.tape)
  expect(raw.written).toHaveLength(1)
  expect(raw.records.error((text) => text)).toBeUndefined()
})
