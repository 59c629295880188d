import { test } from '../helpers/test.ts'
import { expectKeptLines, inOneLine, outcome } from '../helpers/outcomes.ts'
import { richCassettes } from '../helpers/rich-cassettes.ts'
import { toBodyFiles } from '../../src/generate/bodies.ts'
import { toBruno } from '../../src/generate/bruno.ts'
import { toHar } from '../../src/generate/har.ts'
import { toHttpFile } from '../../src/generate/http-file.ts'
import { toK6 } from '../../src/generate/k6.ts'
import { toMswModule } from '../../src/generate/msw.ts'
import { toPostman } from '../../src/generate/postman.ts'
import { toCurl } from '../../src/generate/requests.ts'
import { toTypes } from '../../src/generate/types.ts'

/** Of other forms and tools, each with all that it says. */
const KEPT: ReadonlySet<string> = new Set([
  'shop',
  'chunks and interim answers',
  'faults',
  'secrets',
  'websocket',
  'pipelined by hand',
])

test('what is generated, in full', async () => {
  const lines: string[] = []
  for (const [name, cassette] of [...richCassettes()].filter(([each]) => KEPT.has(each))) {
    const outputs: Readonly<Record<string, string>> = {
      bodies: outcome(() => toBodyFiles(cassette)),
      bruno: outcome(() => toBruno(cassette, name)),
      har: outcome(() => toHar(cassette)),
      'http file': outcome(() => toHttpFile(cassette)),
      'http file with content': outcome(() =>
        toHttpFile(cassette, { keepContent: (place, content) => `./${place}-${content.length}` }),
      ),
      k6: outcome(() => toK6(cassette, 'a.yaml')),
      msw: outcome(() => toMswModule(cassette, 'a.yaml')),
      postman: outcome(() => toPostman(cassette, name)),
      curl: outcome(() => toCurl(cassette)),
      'curl to a server': outcome(() => toCurl(cassette, { server: 'http://127.0.0.1:8080' })),
      ...(name === 'shop' && { types: inOneLine(await toTypes(cassette)) }),
    }
    for (const [what, text] of Object.entries(outputs))
      lines.push(
        `== ${name}, ${what}`,
        ...text
          .replaceAll(/\d+\.\d+\.\d+/g, 'N.N.N')
          .replaceAll(String.raw`\n`, '\n')
          .split('\n'),
      )
  }
  expectKeptLines(new URL('whole-outputs.txt', import.meta.url), lines)
})
