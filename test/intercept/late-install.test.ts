import { expect, test } from '../helpers/test.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { missing, programPath } from '../helpers/programs.ts'
import { runTypeScript } from '../helpers/ts-process.ts'

/** What became of calls over a pool that was warm when the cassette was opened. */
interface Late {
  readonly ends: readonly string[]
  readonly recorded: Readonly<Record<string, boolean>>
}

/** Programs that have to be installed. */
const NEEDED: Readonly<Record<string, readonly [program: string, debianPackage: string]>> = {
  pg: ['postgres', 'postgresql'],
  ioredis: ['redis-server', 'redis-server'],
}

async function late(kind: string): Promise<Late> {
  const [program, debianPackage] = NEEDED[kind.split(' ')[0] ?? ''] ?? []
  if (program !== undefined && debianPackage !== undefined)
    test.skip(programPath(program) === undefined, missing(program, debianPackage))
  const { stdout, stderr, code } = await runTypeScript(new URL('late-install-process.ts', import.meta.url), kind)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout)
}

test.describe('a cassette that is opened when a pool is warm', () => {
  // As the client says it: `fetch` has an error of its own.
  for (const [kind, error] of Object.entries({
    'node:http': 'SOCKET_ESCAPED',
    fetch: 'TypeError: fetch failed',
    pg: 'SOCKET_ESCAPED',
  }))
    test(`${kind}: the first call is refused, all that follow are recorded, and the end names it`, async () => {
      test.skip(!isWhole && kind !== 'node:http', ONLY_WHOLE)
      const { ends, recorded } = await late(kind)
      const [first, ...others] = ends
      expect(first).toContain(`first: ${error}`)
      expect(others).toEqual(['second: answered', 'eject: SOCKET_ESCAPED'])
      expect(recorded).toEqual({ first: false, second: true })
    })

  test('ioredis connects again by itself: all is recorded, and the end names it', async () => {
    const { ends, recorded } = await late('ioredis')
    expect(ends.slice(1)).toEqual(['second: answered', 'eject: SOCKET_ESCAPED'])
    expect(recorded).toMatchObject({ second: true })
  })

  test('pg over TLS that was started on its socket: nobody sees its calls, but the end says so', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const { ends, recorded } = await late('pg with TLS')
    expect(ends).toEqual(['first: answered', 'second: answered', 'eject: SOCKET_ESCAPED'])
    expect(recorded).toEqual({ first: false, second: false })
  })
})
