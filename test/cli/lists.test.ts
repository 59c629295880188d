import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { cassettesIn, forEachFile } from '../../src/cli/each-file.ts'
import { LiveList } from '../../src/cli/proxy/live-list.ts'
import { readSecrets } from '../../src/cli/secrets.ts'
import { Refusals } from '../../src/cli/serve/refusals.ts'
import type { Output } from '../../src/console/terminal.ts'
import { CassetteMiss } from '../../src/index.ts'
import type { Exchange } from '../../src/listen/exchange-watch.ts'

/** Keeps what is printed; a colour is shown by its name. */
function kept(): { readonly lines: string[]; readonly output: Output } {
  const lines: string[] = []
  const output: Output = Object.assign(Object.create(null), {
    line: (text = '') => void lines.push(text),
    paint: (style: string, text: string) => `<${style} ${text}>`,
  })
  return { lines, output }
}

async function inFolder(files: Readonly<Record<string, string>>, use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-lists-'))
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
    await use(dir)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

test('the list of a proxy has a line for each request: what, the outcome, its size and how long it took', () => {
  const { lines, output } = kept()
  const list = new LiveList(output)
  const exchange: Exchange = {
    origin: 'http://a.test',
    method: 'GET',
    target: '/a',
    status: 200,
    receivedBytes: 999,
    milliseconds: 12.3,
  }
  for (const changed of [
    {},
    { status: 399, receivedBytes: 1000 },
    { status: 400, receivedBytes: 999_949 },
    { status: 500, receivedBytes: 1_000_000 },
    { status: undefined, receivedBytes: 0 },
    { status: undefined, method: '', target: '', receivedBytes: 0 },
    { target: '/\u001b[31m' },
    { target: `/${'a'.repeat(300)}` },
  ])
    list.add({ ...exchange, ...changed })
  expect(lines.map((line) => line.replaceAll(/\s*ms/g, ' ms'))).toEqual([
    'GET http://a.test/a  <received 200>  999 B  12.300 ms',
    'GET http://a.test/a  <received 399>  1.0 kB  12.300 ms',
    'GET http://a.test/a  <failed 400>  999.9 kB  12.300 ms',
    'GET http://a.test/a  <failed 500>  1.0 MB  12.300 ms',
    'GET http://a.test/a  <failed no answer>  0 B  12.300 ms',
    'http://a.test  <received closed>  0 B  12.300 ms',
    'GET http://a.test/\\x1b[31m  <received 200>  999 B  12.300 ms',
    `GET http://a.test/${'a'.repeat(300)}  <received 200>  999 B  12.300 ms`,
  ])
})

test('refusals are printed whole once, then counted; misses are counted apart', () => {
  const { lines, output } = kept()
  const refusals = new Refusals(output)
  const miss: Error = Object.assign(Object.create(CassetteMiss.prototype), { message: 'no answer\nWIRETAPE_MODE=once' })
  for (const reason of [
    new Error('expose: true\u001b'),
    miss,
    new Error('expose: true\u001b'),
    miss,
    miss,
    new Error('b'),
  ])
    refusals.add(reason)
  expect(lines).toEqual([
    '<failed refused:> --expose\\x1b',
    '<failed miss:> no answer\n--mode once',
    '<failed refused:> the same as before, 2 times by now',
    '<failed miss:> the same as before, 2 times by now',
    '<failed miss:> the same as before, 3 times by now',
    '<failed refused:> b',
  ])
  expect([refusals.count, refusals.misses]).toEqual([6, 3])
})

test('secrets are read from variables and from the lines of files', async () => {
  await inFolder({ one: 'tiger\r\n\r\nlion\n', two: '\n puma' }, async (dir) => {
    process.env['LISTS_A'] = 'cat'
    process.env['LISTS_EMPTY'] = ''
    const files = ['one', 'two'].map((name) => join(dir, name))
    expect(await readSecrets({ secretEnv: ['LISTS_A'], secretFile: files })).toEqual({
      secrets: ['cat', 'tiger', 'lion', ' puma'],
      env: process.env,
    })
    expect(await readSecrets({})).toEqual({ secrets: [], env: process.env })
    for (const name of ['LISTS_EMPTY', 'LISTS_NONE'])
      await expect(readSecrets({ secretEnv: [name] })).rejects.toMatchObject({ code: 'INVALID_OPTION', isUsage: true })
    for (const name of ['LISTS_A', 'LISTS_EMPTY']) Reflect.deleteProperty(process.env, name)
  })
})

test('work on files goes on after one that fails, and the failures are counted', async () => {
  const { lines, output } = kept()
  const seen: string[] = []
  const context = {
    out: output,
    err: output,
    behindDashes: [],
    exitWith: () => {},
    complain: (error: unknown) => void lines.push(String(error)),
  }
  const failures = await forEachFile('doing', ['a', 'bad', 'c', 'worse'], context, async (file, out) => {
    seen.push(file)
    if (file === 'bad') throw new Error('bad')
    return () => {
      if (file === 'worse') throw new Error('worse')
      out.line(file)
    }
  })
  expect([failures, seen, lines]).toEqual([2, ['a', 'bad', 'c', 'worse'], ['a', 'Error: bad', 'c', 'Error: worse']])
})

test('folders without a cassette are a wrong argument', async () => {
  await inFolder({ 'a.yaml': 'openapi: 1\n' }, async (dir) => {
    await expect(cassettesIn([dir])).rejects.toMatchObject({ code: 'NO_CASSETTES', isUsage: true })
    expect(await cassettesIn([dir, join(dir, 'a.yaml')])).toEqual([join(dir, 'a.yaml')])
  })
})
