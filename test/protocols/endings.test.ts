import { expect, test } from '../helpers/test.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { type ConnectionWriter, oneConnection } from '../helpers/tape.ts'
import { Replayer } from '../../src/replay/replayer.ts'

const GET = '*2\r\n$3\r\nGET\r\n$1\r\na\r\n'
const VALUE = '$1\r\n1\r\n'
const LOST = { code: 'CONNECTION_LOST', phase: 'open', systemCode: 'ECONNRESET', message: 'it' } as const
const TIMED_OUT = { code: 'BODY_TIMEOUT', phase: 'open', message: 'it' } as const

/** How a recorded conversation ended, what a client hears that asks the same, and then when it has ended its side, too. */
// oxfmt-ignore
const ENDINGS: readonly (readonly [name: string, write: (it: ConnectionWriter) => void, heard: readonly string[], ended: string])[] = [
  ['not at all', (it) => it.sent(GET).received(VALUE), [VALUE], '(end)'],
  ['the server ended', (it) => it.sent(GET).received(VALUE).ended('server').closed('client'), [VALUE, '(end)'], '(end)'],
  ['the server closed', (it) => it.sent(GET).received(VALUE).closed('server'), [VALUE, '(end)'], '(end)'],
  ['the server lost it', (it) => it.sent(GET).received(VALUE).closed('server', LOST), [VALUE, '(CONNECTION_LOST)'], '(CONNECTION_LOST)'],
  ['the server lost it at once', (it) => it.sent(GET).closed('server', LOST), ['(CONNECTION_LOST)'], '(CONNECTION_LOST)'],
  ['the server ended in an answer', (it) => it.sent(GET).received('$1\r\n').ended('server'), ['$1\r\n', '(end)'], '(end)'],
  ['the client ended, and the server after it', (it) => it.sent(GET).received(VALUE).ended('client').ended('server'), [VALUE], '(end)'],
  ['the client ended, and the server closed', (it) => it.sent(GET).received(VALUE).ended('client').closed('server'), [VALUE], '(end)'],
  ['the client closed', (it) => it.sent(GET).received(VALUE).closed('client'), [VALUE], '(end)'],
  ['the client waited in vain', (it) => it.sent(GET).closed('client', TIMED_OUT), ['(BODY_TIMEOUT)'], '(BODY_TIMEOUT)'],
]

for (const [name, write, heard, ended] of ENDINGS)
  test(`a conversation ends as it did: ${name}`, async () => {
    const replayer = new Replayer(oneConnection('tcp://db.test:1', write), { protocols: { 'db.test:1': 'redis' } })
    await replayer.prepare()
    const client = await Dialogue.with(replayer, 'tcp://db.test:1')
    client.say(GET)
    expect(await client.hearAll()).toEqual(heard)
    client.transport.end()
    // A server that has not ended does so when its client does.
    expect(await client.hearAll()).toEqual([ended])
  })
