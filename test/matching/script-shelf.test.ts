import { expect, test } from '../helpers/test.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { originOf } from '../helpers/dialogue.ts'
import { oneConnection } from '../helpers/tape.ts'

test('a fault that is put in once spoils the first play of a conversation in bytes, and no repeat', async () => {
  const cassette = oneConnection('tcp://db.test:5432', (it) =>
    it.sent('hello').received('welcome').ended('server').closed('client'),
  )
  const replayer = new Replayer(cassette, {
    allowPlaybackRepeats: true,
    faults: [{ type: 'cut', at: 3, times: 1 }],
  })
  const heard: string[] = []
  for (let time = 0; time < 3; time += 1) {
    const transport = await replayer.connector(originOf('tcp://db.test:5432'), {})
    await transport.write(Buffer.from('hello'))
    const pieces: Buffer[] = []
    for (let bytes = await transport.read(); bytes !== null; bytes = await transport.read())
      pieces.push(Buffer.from(bytes))
    heard.push(Buffer.concat(pieces).toString())
    transport.destroy()
  }
  expect(heard).toEqual(['wel', 'welcome', 'welcome'])
})
