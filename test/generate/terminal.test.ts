import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { every } from '../helpers/share.ts'
import { loadCassette } from 'wiretape/cassette'
import { print } from '../../src/cli/generate.ts'
import { toHar } from '../../src/generate/index.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import { ESCAPE_SEQUENCES, PRINTABLE_LINES } from '../cli/hostile.ts'
import { CLI, finish, runCli, temporaryFolder } from '../cli/run-cli.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'
import { hasProgram, missing } from '../helpers/programs.ts'

const HOSTILE = ESCAPE_SEQUENCES.map(({ bytes }) => bytes.toString('latin1')).join('|')
const FORMATS = Buffer.from('\u202egpj.exe\u2067\u200b\u009b31m\u{e0041}').toString('latin1')
const cassette = oneConnection('http://api.test', (it) =>
  it
    .sent(request('POST', '/a', HOSTILE, [`X-C1: \u009b31m ${FORMATS}`]))
    .received(answer(HOSTILE))
    .sent(request('POST', '/b', FORMATS))
    .received(answer(FORMATS)),
)

test.describe('what generate prints', () => {
  test('is escaped on a terminal, line by line, and unchanged for a pipe', () => {
    const written: (string | Uint8Array)[] = []
    const write = (content: string | Uint8Array): boolean => written.push(content) > 0
    const content = Buffer.from('a\tb\n\x1b[2J\u202e\n')
    print({ isTTY: true, write }, content)
    print({ isTTY: false, write }, content)
    expect(written).toEqual(['a\tb\n\\x1b[2J\\xe2\\x80\\xae\n', content])
  })

  for (const kind of ['har', 'msw']) {
    test(`${kind} is printable in a pipe too, and the same value`, async () => {
      await using folder = await temporaryFolder()
      await saveCassette(join(folder.path, 'talk.yaml'), cassette)
      const { code, stdout } = await runCli(['generate', kind, 'talk.yaml'], { cwd: folder.path })
      expect(code).toBe(0)
      expect(stdout).toMatch(PRINTABLE_LINES)
      const loaded = await loadCassette(join(folder.path, 'talk.yaml'))
      if (kind === 'har') expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(toHar(loaded))))
    })
  }

  for (const kind of every(3, ['har', 'msw', 'types', 'curl', 'http'])) {
    test(`${kind} is printable on a terminal`, async () => {
      test.skip(!hasProgram('script'), missing('script', 'bsdutils'))
      await using folder = await temporaryFolder()
      await saveCassette(join(folder.path, 'talk.yaml'), cassette)
      const command = `'${process.execPath}' '${CLI}' generate ${kind} talk.yaml`
      const { stdout } = await finish(spawn('script', ['-qec', command, '/dev/null'], { cwd: folder.path }))
      expect(stdout).not.toBe('')
      expect(stdout.replaceAll(/[\r\t]/g, '')).toMatch(PRINTABLE_LINES)
    })
  }
})
