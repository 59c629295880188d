import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { encodeCassette } from '../../src/format/encode.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'
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
