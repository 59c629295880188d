import { expect, test } from '../helpers/test.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { Conversations, interactionsOf } from '../../src/interactions/conversations.ts'
import type { Interaction } from '../../src/interactions/interaction.ts'
import { InteractionPool } from '../../src/matching/interaction-pool.ts'
import { DEFAULT_MATCH } from '../../src/matching/match-on.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { type Api, apisPath, cassetteOf, loadApis } from '../redaction/real-apis.ts'

test.skip(apisPath === undefined, 'the shared data with requests to real APIs is not here')

/** The requests of `asked` that are not answered by their own place in the cassette of `recorded`. */
function missesOf(recorded: Api, asked: Api): string[] {
  const cassette = decodeCassette(encodeCassette(redactCassette(cassetteOf(recorded)).cassette))
  const pool = new InteractionPool(new Conversations(cassette), {
    matchOn: DEFAULT_MATCH,
    allowPlaybackRepeats: false,
    order: 'any',
    barrier: false,
  })
  let last: Interaction | undefined
  return interactionsOf(cassetteOf(asked)).flatMap(({ index, request }) => {
    const found = pool.find(request, last)?.interaction
    if (found !== undefined) pool.play(found)
    last = found ?? last
    return found?.index === index ? [] : [`${recorded.name}: ${request.method} ${request.url}`]
  })
}

test('what real clients ask replays from its own redacted recording', async () => {
  for (const api of await loadApis('replay')) expect(missesOf(api, api)).toEqual([])
})

test('and with other secrets, where nothing else is different', async () => {
  const [recorded, others] = await Promise.all([loadApis('replay'), loadApis('other')])
  const misses = recorded.flatMap((api) => {
    const asked = others.find(({ name }) => name === api.name)
    return asked === undefined ? [] : missesOf(api, asked)
  })
  // Ids that are no secrets are drawn from the seed, too: a version, an account, a message, a sealed value.
  expect(misses.filter((miss) => !/versionId=|\/Accounts\/|\/hook$|actions\/secrets|\/services\//.test(miss))).toEqual(
    [],
  )
})
