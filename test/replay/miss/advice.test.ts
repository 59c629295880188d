import { expect, test } from '@playwright/test'
import type { WireRequest } from '../../../src/interactions/request-reader.ts'
import { type AdviceContext, adviceFor } from '../../../src/replay/miss/advice.ts'

const to = (url: string): WireRequest => ({
  method: 'GET',
  target: new URL(url).pathname,
  url,
  version: '1.1',
  fields: [],
  body: new Uint8Array(),
  bodyLength: 0,
  trailers: [],
  isComplete: true,
  start: 0,
  raw: new Uint8Array(),
})

const context: AdviceContext = {
  asked: to('http://api.test/a'),
  recorded: to('http://api.test/b'),
  nearest: {
    number: 1,
    connection: 1,
    method: 'GET',
    url: 'http://api.test/b',
    reasons: [{ what: 'url', detail: '' }],
    firstDifference: undefined,
    headers: [],
    json: [],
  },
  matchOn: ['method', 'url'],
  changedRequests: false,
  origin: 'http://api.test',
  origins: ['http://api.test'],
}

test.describe('the advice for a URL that differs', () => {
  test('keeps the parts of it that agree', () => {
    expect(adviceFor(context)[0]).toMatch(/^matchOn: \['method', 'scheme', 'host', 'port', 'query'\] accepts it; /)
  })

  for (const missing of ['asked', 'recorded']) {
    test(`leaves out all of it if ${missing} is not known`, () => {
      expect(adviceFor({ ...context, [missing]: undefined })[0]).toMatch(/^matchOn: \['method'\] accepts it; /)
    })
  }
})
