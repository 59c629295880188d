import { expect, test } from '../helpers/test.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { connectSocket } from '../../src/client/socket-connector.ts'
import { leniencyNames } from '../../src/http1/leniency.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { afterRequests, serve } from '../helpers/live-server.ts'
import { type WireCase, wireCases } from '../helpers/wire.ts'
import { isEvent, type Run, runCase } from '../helpers/wire-client.ts'
import { every } from '../helpers/share.ts'

test.describe('what a client sees of a replay is what it saw live', () => {
  for (const wireCase of every(4, wireCases())) {
    if (wireCase.to === undefined) continue
    test(`${wireCase.name} (${wireCase.file})`, async () => {
      const live = await runLive(wireCase)
      const cassette = decodeCassette(encodeCassette(live.cassette))
      const replay = await runCase(wireCase, new Replayer(cassette).connector, live.port)

      expect(replay.trace).toEqual(live.trace)
      expect(endings(replay.cassette)).toEqual(endings(live.cassette))
      expect(live.trace.filter(isEvent)).toEqual(wireCase.trace.filter(isEvent))
      expect(cassette.tape[0]).toEqual(live.cassette.tape[0])
      expect(live.cassette.tape[0]).toMatchObject(noted(wireCase))
    })
  }
})

/** Over a real socket, from a server that sends the bytes of the case in two writes. */
async function runLive(wireCase: WireCase): Promise<Run & { port: number }> {
  const middle = Math.floor(wireCase.bytes.length / 2)
  await using server = await serve((socket) => {
    afterRequests(socket, wireCase.to?.length ?? 0, () => {
      socket.write(wireCase.bytes.subarray(0, middle))
      setImmediate(() => {
        socket.write(wireCase.bytes.subarray(middle))
        if (wireCase.eof) socket.end()
      })
    })
  })
  return { ...(await runCase(wireCase, connectSocket, server.port)), port: server.port }
}

/** What the recording says of leniencies. */
const noted = ({ lenient }: WireCase): Record<string, unknown> => {
  const names = leniencyNames(lenient)
  return names.length === 0 ? {} : { type: 'open', lenient: names }
}

/** How each connection ended, without the times. */
const endings = ({ tape }: Cassette): string[] =>
  tape.flatMap((event) => {
    if (event.type === 'end') return [`end by ${event.by}`]
    return event.type === 'close' ? [`close by ${event.by} ${event.failure?.code ?? ''}`] : []
  })
