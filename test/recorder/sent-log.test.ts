import { expect, test } from '../helpers/test.ts'
import { SentLog } from '../../src/recorder/sent-log.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'

test('a log keeps the first bytes of each connection, and counts the others', async () => {
  const log = new SentLog(4)
  const connect = log.wrap(async () => new ScriptedTransport())
  for (const writes of [['abc', 'def', 'g'], ['hi']]) {
    const transport = await connect({ protocol: 'http', host: 'api.test', port: 80 }, {})
    for (const text of writes) await transport.write(Buffer.from(text))
  }
  const kept = log.connections.map(({ bytes, omitted }) => [Buffer.from(bytes).toString(), omitted])
  expect(kept).toEqual([
    ['abcd', 3],
    ['hi', 0],
  ])
})
