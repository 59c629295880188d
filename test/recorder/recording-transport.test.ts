import { expect, test } from '../helpers/test.ts'
import { LocalProtocolError } from '../../src/errors.ts'
import { Recorder } from '../../src/recorder/recorder.ts'
import { type NoteTaker, RecordingTransport } from '../../src/recorder/recording-transport.ts'
import { SentLog } from '../../src/recorder/sent-log.ts'
import type { Connector, SegmentReader, Transport } from '../../src/transport.ts'
import { LentTransports } from '../../src/use/lent-transports.ts'
import { originOf } from '../helpers/dialogue.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'

const API = originOf('http://api.test')

/** A tape that writes each call down as a short text. */
function tapeOf(): { readonly tape: NoteTaker; readonly notes: string[] } {
  const notes: string[] = []
  const tape: NoteTaker = {
    add(note) {
      const by = 'by' in note ? ` by ${note.by}` : ` ${String(Buffer.from(note.bytes))}`
      notes.push(`${note.type}${by}${'failure' in note && note.failure ? ` ${note.failure.code}` : ''}`)
    },
    answered: (offset) => void notes.push(`answered ${offset}`),
    flush: () => void notes.push('flush'),
  }
  return { tape, notes }
}

/** A transport that notes all that it is asked. */
class Asked extends ScriptedTransport {
  readonly calls: string[] = []
  readonly isQuiet = true
  reader: SegmentReader | undefined

  receive(reader: SegmentReader): void {
    this.calls.push('receive')
    this.reader = reader
  }

  answered(offset: number): void {
    this.calls.push(`answered ${offset}`)
  }

  keepAlive(value: boolean): void {
    this.calls.push(`keepAlive ${value}`)
  }

  async startTls(): Promise<void> {
    this.calls.push('startTls')
  }
}

const WRAPPERS: Readonly<Record<string, (connector: Connector) => Connector>> = {
  'a recorder': (inner) => new Recorder().wrap(inner),
  'a log of what is sent': (inner) => new SentLog(10).wrap(inner),
  'a cassette that lends connections': (inner) => new LentTransports('a.yaml').wrap(inner),
}

for (const [what, wrap] of Object.entries(WRAPPERS))
  test(`through ${what} everything reaches the connection, and the client`, async () => {
    const inner = new Asked({ remotePort: 7 })
    const outer: Transport = await wrap(async () => inner)(API, {})
    expect(outer.info).toBe(inner.info)
    outer.keepAlive?.(false)
    await outer.startTls?.(API, {})
    outer.answered?.(3)
    await outer.write(Buffer.from('asked'))
    expect(inner.sent).toBe('asked')
    inner.say('read')
    expect(String(await outer.read())).toBe('read')
    const heard: string[] = []
    outer.receive?.({
      onBytes: (buffer, length) => void heard.push(String(Buffer.from(buffer.subarray(0, length)))),
      onEnd: () => void heard.push('end'),
      onFailure: (error) => void heard.push(error.message),
    })
    inner.reader?.onBytes(Buffer.from('heard, not this'), 5)
    inner.reader?.onEnd()
    inner.reader?.onFailure(new Error('lost'))
    expect(heard).toEqual(['heard', 'end', 'lost'])
    outer.end()
    expect(inner.isEnded).toBe(true)
    outer.destroy(new Error('enough'))
    expect(inner.destroyedWith?.message).toBe('enough')
    expect(inner.calls).toEqual(['keepAlive false', 'startTls', 'answered 3', 'receive'])
  })

for (const [what, wrap] of Object.entries(WRAPPERS))
  test(`${what} offers only what the connection has`, async () => {
    const outer: Transport = await wrap(async () => new ScriptedTransport())(API, {})
    expect('receive' in outer && outer.receive !== undefined).toBe(false)
    outer.keepAlive?.(true)
    outer.answered?.(1)
    outer.destroy()
  })

const failures = async (act: (transport: RecordingTransport) => Promise<unknown>): Promise<readonly string[]> => {
  const { tape, notes } = tapeOf()
  const transport = new RecordingTransport(new ScriptedTransport().fail(new Error('reset')), tape)
  await expect(act(transport)).rejects.toThrow()
  await expect(act(transport)).rejects.toThrow()
  transport.destroy()
  return notes
}

test.describe('a recorded connection', () => {
  test('ends once for each side, and closes once', async () => {
    const { tape, notes } = tapeOf()
    const inner = new ScriptedTransport().say('one').hangUp()
    const transport = new RecordingTransport(inner, tape)
    await transport.write(Buffer.from('ask'))
    await transport.read()
    expect([await transport.read(), await transport.read()]).toEqual([null, null])
    transport.end()
    transport.destroy()
    transport.destroy(new Error('again'))
    await transport.read().catch(() => {})
    void transport.write(Buffer.from('late'))
    transport.end()
    transport.answered(3)
    expect(notes).toEqual(['sent ask', 'received one', 'end by server', 'end by client', 'close by client'])
    expect(inner.sent).toBe('asklate')
  })

  test('ends with the failure of a read, or of TLS', async () => {
    expect(await failures((it) => it.read())).toEqual(['close by server CONNECTION_CLOSED'])
    expect(await failures((it) => it.startTls(API, {}))).toEqual(['close by server TLS_FAILED'])
  })

  test('ends in the same way where a reader is called', () => {
    const { tape, notes } = tapeOf()
    const inner = new Asked()
    const transport = new RecordingTransport(inner, tape)
    transport.receive?.({ onBytes() {}, onEnd() {}, onFailure() {} })
    inner.reader?.onBytes(Buffer.from('one, not this'), 3)
    inner.reader?.onEnd()
    inner.reader?.onEnd()
    inner.reader?.onFailure(new Error('reset'))
    inner.reader?.onFailure(new Error('again'))
    inner.reader?.onBytes(Buffer.from('late'), 4)
    expect(notes).toEqual(['received one', 'end by server', 'close by server CONNECTION_CLOSED'])
  })
})

test('what this side refuses to connect to is not recorded, what fails is', async () => {
  const recorder = new Recorder()
  const refused = async (error: Error): Promise<unknown> => {
    const connector = recorder.wrap(async () => {
      throw error
    })
    try {
      return await connector(API, {})
    } catch (reason) {
      return reason
    }
  }
  const local = new LocalProtocolError('WRONG_STATE', 'not now')
  expect(await refused(local)).toBe(local)
  expect(recorder.cassette.tape).toEqual([])
  await refused(new Error('no route'))
  expect(recorder.cassette.tape).toMatchObject([{ type: 'failed', connection: 2, failure: { message: 'no route' } }])
})
