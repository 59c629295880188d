import { expect, test } from '../helpers/test.ts'
import type { Destination } from '../../src/intercept/destination.ts'
import { policyOf } from '../../src/intercept/policy.ts'
import { Capture, type CaptureParts } from '../../src/use/capture.ts'
import { originOf } from '../helpers/dialogue.ts'

const to = (url: string): Destination => ({
  origin: originOf(url),
  path: undefined,
  isTls: false,
  offers: [],
  options: {},
})

const refuses = (): never => {
  throw new Error('no connection')
}

async function captured(parts: Partial<CaptureParts> = {}): Promise<Capture & Disposable> {
  const policy = policyOf({ hosts: ['api.test'], ignoreHosts: ['log.test'], replays: () => true })
  const capture = Capture.start({ title: 'users', connector: refuses, policy, isOfFile: false, ...parts })
  await capture.started
  return Object.assign(capture, { [Symbol.dispose]: () => capture.end() })
}

test('a capture is what it was started as, until its end', async () => {
  for (const isOfFile of [true, false]) {
    using capture = await captured({ isOfFile })
    expect([capture.title, capture.connector, capture.isOfFile, capture.isEnded]).toEqual([
      'users',
      refuses,
      isOfFile,
      false,
    ])
    capture.end()
    expect(capture.isEnded).toBe(true)
  }
})

test('a capture asks whether it records sockets when that matters, and does not if it is not said', async () => {
  let records = false
  using asks = await captured({ recordsSockets: () => records })
  using silent = await captured()
  expect([asks.recordsSockets, silent.recordsSockets]).toEqual([false, false])
  records = true
  expect([asks.recordsSockets, silent.recordsSockets]).toEqual([true, false])
})

test('a capture counts what it lets pass, and keeps what it refused, what was late and what escaped', async () => {
  const late: string[] = []
  using capture = await captured({ onLate: (what) => late.push(what) })
  expect(
    [to('http://api.test'), to('http://log.test'), to('http://log.test')].map((one) => capture.decide(one)),
  ).toEqual(['take', 'pass', 'pass'])
  expect([capture.passed, capture.refused]).toEqual([2, []])
  const refusal = capture.decide(to('tcp://db.test:5432'))
  expect(refusal).toBeInstanceOf(Error)
  expect([capture.passed, capture.refused]).toEqual([2, [refusal]])
  const error = new Error('left')
  capture.noteEscape(error)
  capture.noteLate('GET /late')
  expect([capture.escapes, late]).toEqual([[error], ['GET /late']])
})
