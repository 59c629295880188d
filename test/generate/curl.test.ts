import { execFile } from 'node:child_process'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { toCurl } from '../../src/generate/index.ts'
import { temporaryFolder } from '../cli/run-cli.ts'
import { countOf, every } from '../helpers/share.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

/** Bodies that a shell, `printf` or curl could take for something else. Latin-1. */
const BODIES = [
  '-',
  '--',
  '-v x',
  '--bb\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n--bb--\r\n',
  '@',
  '@/etc/passwd',
  '%',
  '%s%n%%\\045',
  '\\',
  '\\c\\0101\\x41',
  '\0',
  'a\0b\0',
  '\n\n\n',
  'end\n',
  ' ',
  '\'$(exit 9)`exit 9`"!!',
  '\u00ff\u0080',
]

const SHELLS = ['sh', 'bash', 'dash', 'busybox sh', 'zsh', 'ksh']

test.describe('toCurl', () => {
  for (const shell of every(6, SHELLS)) {
    test(`gives any body to curl through ${shell}`, async () => {
      test.skip(!(await hasShell(shell)), `needs ${shell}`)
      const some = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 40 }), { numRuns: countOf(5, 30), seed: 7 })
      const bodies = [...BODIES, ...some.map((bytes) => Buffer.from(bytes).toString('latin1'))]
      const cassette = oneConnection('http://api.test', (it) => {
        for (const body of bodies) it.sent(request('POST', '/', body, ["X-It's: a --data 'b'"])).received(answer(''))
      })
      const calls = await runWithFakeCurl(shell, toCurl(cassette))
      expect(calls.map(({ stdin }) => stdin)).toEqual(bodies)
      for (const { argv } of calls) {
        expect(argv).toEqual(
          expect.arrayContaining(['--request', 'POST', "X-It's: a --data 'b'", '--data-binary', '@-']),
        )
        expect(argv.at(-1)).toBe('http://api.test/')
      }
    })
  }

  test('keeps the method of a GET and a HEAD with a body', async () => {
    const cassette = oneConnection('http://api.test', (it) => {
      for (const method of ['GET', 'HEAD'])
        it.sent(request(method, '/', 'x', ['A: b --data c'])).received('HTTP/1.1 204 \r\n\r\n')
    })
    const calls = await runWithFakeCurl('sh', toCurl(cassette))
    for (const [place, method] of ['GET', 'HEAD'].entries())
      expect(calls[place]?.argv).toEqual(expect.arrayContaining(['--request', method, 'A: b --data c']))
  })
})

interface Call {
  readonly argv: readonly string[]
  /** Latin-1. */
  readonly stdin: string
}

/** Runs a script in a shell whose `curl` only writes down its arguments and standard input. */
async function runWithFakeCurl(shell: string, script: string): Promise<readonly Call[]> {
  await using folder = await temporaryFolder()
  const [calls, curl] = [join(folder.path, 'calls'), join(folder.path, 'curl')]
  await writeFile(calls, '')
  await writeFile(
    curl,
    `#!/bin/sh\n{ for word; do printf '%s' "$word" | base64 | tr -d '\\n'; echo; done; echo -; base64 | tr -d '\\n'; echo; echo .; } >> '${calls}'\n`,
  )
  await chmod(curl, 0o755)
  const file = join(folder.path, 'requests.sh')
  await writeFile(file, Buffer.from(script, 'latin1'))
  const [command = 'sh', ...args] = shell.split(' ')
  await promisify(execFile)(command, [...args, file], { env: { PATH: `${folder.path}:${process.env['PATH']}` } })
  return (await readFile(calls, 'utf8')).split('.\n').flatMap((text) => {
    if (text === '') return []
    const lines = text.split('\n')
    const end = lines.indexOf('-')
    return [{ argv: lines.slice(0, end).map(decoded), stdin: decoded(lines[end + 1] ?? '') }]
  })
}

const decoded = (text: string): string => Buffer.from(text, 'base64').toString('latin1')

const hasShell = (shell: string): Promise<boolean> =>
  promisify(execFile)(shell.split(' ')[0] ?? '', ['-c', 'exit 0']).then(
    () => true,
    (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
  )
