import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from '../helpers/test.ts'
import { expectKeptLines } from '../helpers/outcomes.ts'
import { richCassettes } from '../helpers/rich-cassettes.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { filesIn } from '../helpers/files-in.ts'
import { runTogether, temporaryFolder } from './run-cli.ts'

/** Command lines, one after the other in the same folder. */
// oxfmt-ignore
const RUNS: readonly string[] = [
  'show shop.yaml', 'show faults.yaml', 'show base64.yaml', 'show --full base64.yaml', 'show --json pipelined.yaml', 'show websocket.yaml', 'show none.yaml', 'show broken.yaml', 'show', 'show a b',
  'check', 'check --json faults.yaml', 'check --strict shop.yaml', 'check --no-secrets secrets.yaml', 'check secrets.yaml', 'check none', 'check broken.yaml', 'check --played played.txt', 'check --played none.txt', 'check --what',
  'diff shop.yaml shop.yaml', 'diff shop.yaml edited.yaml', 'diff --json shop.yaml edited.yaml', 'diff --segments pipelined.yaml shop.yaml', 'diff --hide-volatile shop.yaml edited.yaml', 'diff --volatile x shop.yaml edited.yaml', 'diff shop.yaml', 'diff shop.yaml none.yaml',
  'fmt --check edited.yaml shop.yaml', 'fmt edited.yaml', 'fmt --check edited.yaml', 'fmt broken.yaml', 'fmt none.yaml', 'fmt',
  'redact --check secrets.yaml shop.yaml', 'redact secrets.yaml', 'redact --check secrets.yaml', 'redact none.yaml', 'check secrets.yaml',
  'extract shop.yaml --method POST', 'extract shop.yaml --number 2-3 -o two.yaml', 'extract shop.yaml --number x', 'extract shop.yaml --status 5xx', 'extract shop.yaml --path /items/* --invert', 'extract none.yaml', 'extract shop.yaml --number 1 -o two.yaml',
  'merge shop.yaml pipelined.yaml -o both.yaml', 'merge shop.yaml shop.yaml -o twice.yaml', 'merge --keep-duplicates shop.yaml shop.yaml -o kept.yaml', 'merge shop.yaml', 'merge shop.yaml none.yaml -o x.yaml', 'merge',
  'generate curl shop.yaml', 'generate http shop.yaml', 'generate har pipelined.yaml', 'generate k6 pipelined.yaml', 'generate msw pipelined.yaml', 'generate postman pipelined.yaml', 'generate bruno pipelined.yaml', 'generate bruno pipelined.yaml -o bruno', 'generate bodies shop.yaml -o bodies', 'generate fixtures shop.yaml -o fixtures', 'generate what shop.yaml', 'generate har none.yaml', 'generate har pipelined.yaml -o a.har', 'generate',
  'import har a.har -o imported.yaml', 'import har none.har', 'import what a.har', 'import',
  'recover shop.yaml', 'recover cut.yaml', 'recover cut.yaml -o whole.yaml', 'recover none.yaml', 'recover broken.yaml', 'recover',
  'verify shop.yaml', 'verify shop.yaml -t x', 'verify shop.yaml -t http://127.0.0.1:1 --grade x', 'verify shop.yaml -t http://127.0.0.1:1 --secret x', 'verify none.yaml -t http://127.0.0.1:1', 'verify shop.yaml -t http://127.0.0.1:1 --only x', 'verify shop.yaml -t http://127.0.0.1:1 --volatile x', 'verify shop.yaml -t http://127.0.0.1:1 --timeout x',
  'serve', 'serve none.yaml', 'serve shop.yaml -p x', 'serve shop.yaml -p 65536', 'serve shop.yaml --fault x', 'serve shop.yaml --fault reset,at=x', 'serve shop.yaml --timing x', 'serve shop.yaml --segmentation x', 'serve shop.yaml --miss-status 200', 'serve shop.yaml --match-on x', 'serve shop.yaml --max-clients 0', 'serve shop.yaml --host 0.0.0.0', 'serve shop.yaml --cert a.pem', 'serve shop.yaml --key a.pem', 'serve shop.yaml --tls --cert a.pem',
  'view shop.yaml -o page.html', 'view shop.yaml edited.yaml -o two.html', 'view shop.yaml -p x', 'view',
  'init --dry-run', 'shrink', 'shrink none.yaml', 'shrink shop.yaml', 'shrink none.yaml -- true', 'run', 'proxy --what', 'record', 'what', '', 'help what', 'record --help --what', 'recrod', 'show --ful shop.yaml',
]

const SAVED: ReadonlySet<string> = new Set(['shop', 'faults', 'secrets', 'pipelined', 'base64', 'websocket'])

/** A folder with cassettes of many kinds, among them one that was edited, one that was cut, and one that is none. */
async function filledFolder(): Promise<Awaited<ReturnType<typeof temporaryFolder>>> {
  const folder = await temporaryFolder()
  const at = (name: string): string => join(folder.path, name)
  for (const [name, cassette] of richCassettes())
    if (SAVED.has(name)) await writeFile(at(`${name}.yaml`), encodeCassette(cassette))
  const shop = await readFile(at('shop.yaml'), 'utf8')
  await writeFile(
    at('edited.yaml'),
    shop.replace('It is done', 'It is all done').replace('201 Created', '202 Accepted'),
  )
  await writeFile(at('cut.yaml'), shop.slice(0, shop.lastIndexOf('  - ')))
  await writeFile(at('broken.yaml'), 'a: [1\n')
  await writeFile(at('played.txt'), '{"path":"shop.yaml","played":[0,1]}\n')
  await appendFile(at('package.json'), '{"name":"a","type":"module"}\n')
  return folder
}

/** What a command printed, with nothing of this machine in it, and how it ended. */
async function linesOf(
  run: string,
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const words = run.split(' ').filter((word) => word !== '')
  const { code, stdout, stderr } = await runTogether(words, { cwd, env })
  const plain = (text: string): readonly string[] =>
    text
      .replaceAll(cwd, 'DIR')
      .replaceAll(/\d+\.\d+\.\d+/g, 'N.N.N')
      .split('\n')
      .slice(0, 60)
      .map((line) => line.slice(0, 300).trimEnd())
  return [
    `$ wiretape ${run}`,
    ...(stdout === '' ? [] : plain(stdout)),
    ...(stderr === '' ? [] : plain(stderr).map((line) => `! ${line}`.trimEnd())),
    `-> ${code}`,
  ]
}

test('what commands print, what they write, and how they end', async () => {
  // In a whole run each command is a process of its own.
  test.setTimeout(300_000)
  await using folder = await filledFolder()
  const lines: string[] = []
  let files = await filesIn(folder.path, '')
  for (const run of RUNS) {
    lines.push(...(await linesOf(run, folder.path)))
    const now = await filesIn(folder.path, '')
    const fresh = now.filter((name) => !files.includes(name))
    if (fresh.length > 0) lines.push(`wrote ${fresh.toSorted().join(', ')}`)
    files = now
  }
  expectKeptLines(new URL('whole-runs.txt', import.meta.url), lines)
})

/** Command lines whose output has colours on a terminal. */
const COLOURED: readonly string[] = [
  'show shop.yaml',
  'show faults.yaml',
  'show websocket.yaml',
  'show pipelined.yaml',
  'check',
  'check secrets.yaml',
  'diff shop.yaml edited.yaml',
  'fmt --check edited.yaml shop.yaml',
  'redact --check secrets.yaml shop.yaml',
  'recover cut.yaml',
  'verify shop.yaml -t http://127.0.0.1:1',
  'generate what shop.yaml',
]

test('what is coloured where a terminal wants colours', async () => {
  await using folder = await filledFolder()
  const lines: string[] = []
  for (const run of COLOURED) lines.push(...(await linesOf(run, folder.path, { FORCE_COLOR: '1' })))
  // oxlint-disable-next-line no-control-regex
  const shown = lines.map((line) => line.replaceAll(/\x1b\[(\d+)m/g, '<$1>')).filter((line) => /<\d+>|^\$/.test(line))
  expectKeptLines(new URL('coloured-runs.txt', import.meta.url), shown)
})
