import { expect, test } from '../helpers/test.ts'
import { torture } from '../../src/torture/torture.ts'
import type { Scenario } from '../../src/torture/run.ts'
import type { Transport } from '../../src/transport.ts'
import { originOf } from '../helpers/dialogue.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const API = 'http://api.test'
const CASSETTE = oneConnection(API, (it) => it.sent(request('GET', '/')).received(answer('hello')))

/** Gives the length of the first segment, as a client does that takes one for all. */
const firstLength: Scenario<number> = async ({ connector }) => {
  const transport = await connector(originOf(API), {})
  void transport.write(Buffer.from(request('GET', '/')))
  return (await transport.read())?.length ?? 0
}

const firstByte: Scenario<unknown> = async ({ connector }) => {
  const transport = await connector(originOf(API), {})
  void transport.write(Buffer.from(request('GET', '/')))
  return (await transport.read())?.[0]
}

test('a wrong result is one, whatever the segments; bytes that are other ones excuse it', async () => {
  const wrong = await torture(CASSETTE, firstLength, { kinds: ['segmentation'], segmentations: ['bytewise'] })
  expect(wrong).toMatchObject({ runs: 1, possible: 1, failed: 1, right: 0, clean: 0 })
  expect(wrong.findings).toMatchObject([{ verdict: 'wrong-result', result: 1, options: { segmentation: 'bytewise' } }])
  const corrupt = await torture(CASSETTE, firstByte, { kinds: ['corrupt'], segmentations: [], maxRuns: 40 })
  expect(corrupt).toMatchObject({ failed: 0, right: corrupt.runs })
})

test('connections that a scenario leaves open are closed after its run', async () => {
  const left: Transport[] = []
  const leaving: Scenario<void> = async ({ connector }) => void left.push(await connector(originOf(API), {}))
  await torture(CASSETTE, leaving, { kinds: ['segmentation'], segmentations: ['coalesced'] })
  expect(left).toHaveLength(3)
  for (const transport of left) await expect(transport.read()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
})
