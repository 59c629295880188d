import { expect, test } from '../helpers/test.ts'
import { every } from '../helpers/share.ts'
import { type Connector, Replayer, socketConnector } from '../../src/index.ts'
import { decodeCassette, encodeCassette, Recorder } from '../../src/entries/cassette.ts'
import { CLIENTS, ENDINGS, inScene, type Place, run } from '../helpers/abnormal-endings.ts'

for (const [name, open] of Object.entries(CLIENTS)) {
  test.describe(`${name} sees the same without wiretape, recorded and replayed:`, () => {
    for (const [what, ending] of every(2, Object.entries(ENDINGS))) {
      test(what, async () => {
        const plain = await inScene(ending, (scene) => open(scene.place ?? {}, undefined))
        const recorder = new Recorder()
        const live = await inScene(ending, ({ place = {} }) => open({}, recorder.wrap(connectorOf(place))))
        expect(live.seen).toEqual(plain.seen)

        const replayer = new Replayer(decodeCassette(encodeCassette(recorder.cassette)))
        await using client = open({}, replayer.connector)
        expect(await run(ending, live.scene, client)).toEqual(plain.seen)
        expect(replayer.misses).toEqual([])
      })
    }
  })
}

const connectorOf = ({ lookup, ca, maxVersion }: Place): Connector => {
  const connect = socketConnector({ lookup })
  return (origin, options) => connect(origin, { ...options, tls: { ca, maxVersion } })
}
