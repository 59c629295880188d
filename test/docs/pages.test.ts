import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { decodeCassette } from 'wiretape/cassette'
import { toPcap } from 'wiretape/generate'
import { encodeCassette } from '../../src/format/encode.ts'
import { hasProgram } from '../helpers/programs.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'
import { SAMPLES, tnetstring } from '../import/samples.ts'
import { plantedBugs } from '../shrink/bugs.ts'
import { followPage } from './follow.ts'

test.describe.configure({ mode: 'parallel', timeout: 180_000 })

/** What the reader of docs/shrink.md has: a test that fails because of a header, as a file and as a function. */
const CHECKOUT_TEST = `
import { readFileSync } from 'node:fs'
if (readFileSync('test/checkout.yaml', 'utf8').includes('X-Retry: soon')) throw new TypeError('cannot read 7 of undefined')
`
const CHECKOUT = `
import { HttpConnection } from 'wiretape'
export async function checkout(connector) {
  const connection = new HttpConnection({ host: 'api.test', port: 80, connector })
  await connection.request('GET', '/items/1')
  const response = await connection.getResponse()
  await response.text()
  if (response.headers.has('X-Retry')) throw new TypeError('cannot read 7 of undefined')
}
`
const CLIENT = `
import { readFileSync } from 'node:fs'
if (readFileSync(process.argv[2], 'utf8').includes('X-Retry')) throw new Error('unexpected end of input')
`

function smallBug(): string {
  const tape = new TapeWriter()
  const connection = tape.open('http://api.test')
  connection.sent(request('GET', '/items/1')).received(answer('ok').replace('\r\n', '\r\nX-Retry: soon\r\n'))
  return encodeCassette(tape.cassette)
}

test('docs/shrink.md: its commands and its program find the header', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  const [header] = plantedBugs(500)
  const files = {
    'test/checkout.yaml': encodeCassette(header?.cassette ?? new TapeWriter().cassette),
    'test/checkout.mjs': CHECKOUT_TEST,
    'checkout.mjs': CHECKOUT,
    'client.mjs': CLIENT,
    'bug.yaml': smallBug(),
  }
  await using page = await followPage('docs/shrink.md', { files })
  expect(page.outputs.at(-1)).toContain('header X-Retry of the answer')
  expect(page.outputs.at(-1)).toContain('npx wiretape serve bug.yaml')
})

test('docs/view.md: its commands and its program write pages', async () => {
  const cassette = smallBug()
  const names = ['users.yaml', 'before.yaml', 'after.yaml', 'test/cassettes/a.yaml', 'cassettes/users.yaml']
  await using page = await followPage('docs/view.md', {
    files: Object.fromEntries(names.map((name) => [name, cassette])),
  })
  for (const name of ['users.html', 'diff.html', 'all.html'])
    expect(await readFile(join(page.dir, name), 'utf8')).toContain('Content-Security-Policy')
})

function cassetteOf(target: string): string {
  const tape = new TapeWriter()
  tape.open('http://api.test').sent(request('GET', target)).received(answer('late', '503 Too Late'))
  return encodeCassette(tape.cassette)
}

test('docs/cut-and-join.md: its commands cut, join, compare and mend, and git merges by the driver', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  const [orders, login] = [cassetteOf('/orders/1'), cassetteOf('/login')]
  const git = { '.git/HEAD': 'ref: refs/heads/main\n', '.git/objects/.keep': '', '.git/refs/.keep': '' }
  const cassettes = { 'login.yaml': login, 'orders.yaml': orders, 'before.yaml': orders, 'after.yaml': orders }
  const files = { ...git, ...cassettes, 'all.yaml': orders, 'cassettes/a.yaml': login }
  await using page = await followPage('docs/cut-and-join.md', { files })
  expect(page.outputs[0]).toContain('wrote 1 of 1 interaction to bug.yaml')
  expect(page.outputs[0]).toContain('1 interaction equal')
  expect(await readFile(join(page.dir, '.git/config'), 'utf8')).toContain('merge --driver %O %A %B %P')
  expect(await readFile(join(page.dir, '.gitattributes'), 'utf8')).toBe('cassettes/**/*.yaml merge=wiretape\n')
})

/** A file of another tool. */
const sample = (name: string): string => JSON.stringify(SAMPLES.find((each) => each.name === name)?.file)

test('docs/import.md: its commands read a file of every tool', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  const flows: unknown = SAMPLES.find(({ name }) => name === 'mitmproxy')?.file
  const stub = Object(SAMPLES.find(({ name }) => name === 'WireMock')?.file).mappings[0]
  await using page = await followPage('docs/import.md', {
    files: {
      'site.pcap': toPcap(decodeCassette(smallBug())),
      'page.har': sample('HAR'),
      'abc.png': 'data',
      'test/cassettes/users.yml': sample('VCR of Ruby'),
      'tests/cassettes/test_users.yaml': sample('vcrpy'),
      'flows.mitm': Array.isArray(flows) ? flows.map(tnetstring).join('') : '',
      'tap_7.json': sample('Envoy, HTTP'),
      'src/test/resources/mappings/users.json': JSON.stringify(stub),
      'test/__recordings__/users.json': sample('nock'),
      '__recordings__/users_123/recording.har': sample('Polly'),
    },
  })
  expect(page.outputs[0]?.match(/^wrote \d+ interactions? to /gm)).toHaveLength(9)
})

test('docs/generate.md: its commands make load tests and collections', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  test.skip(!hasProgram('curl'), 'curl is not installed')
  await using page = await followPage('docs/generate.md', {
    files: { 'checkout.yaml': smallBug() },
    // Neither is in this repository: the script has to be a module, and the collection's server has to answer.
    programs: {
      k6: 'node --check checkout.js && echo "$@"',
      bru: 'for each; do case "$each" in ORIGIN_1=*) curl -sf "${each#*=}/items/1";; esac; done; ls',
    },
  })
  expect(page.outputs[0]).toContain('--vus 50')
  expect(page.outputs[1]).toContain('ok')
  expect(page.outputs[1]).toContain('bruno.json')
})

test('docs/runners.md: init finds the runner of a project, and sets it up', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  const project = { type: 'module', devDependencies: { vitest: '4.1.12' }, scripts: { test: 'vitest' } }
  await using page = await followPage('docs/runners.md', { files: { 'package.json': JSON.stringify(project) } })
  expect(page.outputs[0]).toContain('wiretape/vitest')
})

test('docs/msw.md and docs/redaction.md: their modules run', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  const files = { 'cassettes/users.yaml': smallBug() }
  await using msw = await followPage('docs/msw.md', { files, packages: ['msw'] })
  expect(msw.outputs).toEqual([''])
  await using redaction = await followPage('docs/redaction.md', { files, env: { WIRETAPE_MODE: 'none' } })
  expect(redaction.outputs).toEqual([''])
})
