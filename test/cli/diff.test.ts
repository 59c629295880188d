import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { type Cassette, saveCassette } from 'wiretape/cassette'
import { conversation, get, ok } from '../inspection/wire.ts'
import { PRINTABLE_LINES } from './hostile.ts'
import { runCli, temporaryFolder } from './run-cli.ts'

const before = conversation(
  [
    get('/users/42'),
    ok('{"id":42,"name":"Ada","tags":["a","b"]}', 'X-Request-Id: 1', 'Content-type: application/json'),
  ],
  [get('/notes'), ok('one\ntwo\n')],
  [get('/pixel'), ok(Buffer.from([0, 1, 2]))],
  [get('/gone'), ok()],
  [get('/same'), ok('hello')],
)
const after = conversation(
  [get('/users/42'), ok('{"id":42,"name":"Lea","tags":["b"]}', 'Content-Type: application/json', 'X-Request-Id: 2')],
  [get('/notes'), ok('one\n2\n')],
  [get('/pixel'), ok(Buffer.from([0, 1, 3]))],
  [get('/same'), ok('hello')],
  [get('/new'), ok()],
)

test.describe('wiretape diff', () => {
  test('reports field by field what differs, and exits with 1', async () => {
    await using folder = await folderWith(before, after)
    const run = await runCli(['diff', 'before.yaml', 'after.yaml'], { cwd: folder.path })
    expect(run).toEqual({
      code: 1,
      stderr: '',
      stdout: `--- before.yaml
+++ after.yaml

~ GET http://api.test/users/42  interaction 1
  headers
    - Content-type: application/json
    + Content-Type: application/json  (case only)
    - Content-Length: 39
    + Content-Length: 35
    order: x-request-id, content-type, content-length
        -> content-type, x-request-id, content-length
  body
    $.name: "Ada" -> "Lea"
    - $.tags[0]: "a"
  differs every time: X-Request-Id: 2

~ GET http://api.test/notes  interaction 2
  headers
    - Content-Length: 8
    + Content-Length: 6
  body
    @@ line 1
     one
    -two
    +2

~ GET http://api.test/pixel  interaction 3
  body
    differ from byte 2 on, 3 bytes -> 3 bytes
    - at 0: 00 01 02
    + at 0: 00 01 03

- GET http://api.test/gone  interaction 4 -> -

+ GET http://api.test/new  interaction - -> 5

1 interaction equal, 3 changed, 1 removed, 1 added
`,
    })
  })

  test('says that there is no difference, and exits with 0', async () => {
    await using folder = await folderWith(before, before)
    const run = await runCli(['diff', 'before.yaml', 'after.yaml'], { cwd: folder.path })
    expect(run).toEqual({ code: 0, stdout: '5 interactions equal\n', stderr: '' })
  })

  test('prints the same as JSON', async () => {
    await using folder = await folderWith(before, after)
    const run = await runCli(['diff', '--json', 'before.yaml', 'after.yaml'], { cwd: folder.path })
    expect(run).toMatchObject({ code: 1, stderr: '' })
    const found: unknown = JSON.parse(run.stdout)
    expect(found).toMatchObject({ before: 'before.yaml', isSame: false, equal: 1, connections: [] })
    expect(run.stdout).toContain('"excerpt": "AAEC"')
  })

  test('exits with 2 where a cassette is missing or broken', async () => {
    await using folder = await folderWith(before, after)
    const missing = await runCli(['diff', 'before.yaml', 'no.yaml'], { cwd: folder.path })
    expect(missing).toMatchObject({ code: 2, stdout: '' })
    expect(missing.stderr).toMatch(/^error: CASSETTE_NOT_FOUND: .*no\.yaml.*\n$/)
    await writeFile(path.join(folder.path, 'no.yaml'), 'wiretape: [')
    const broken = await runCli(['diff', 'no.yaml', 'before.yaml'], { cwd: folder.path })
    expect(broken).toMatchObject({ code: 2, stdout: '' })
    expect(broken.stderr).toMatch(/^error: \w+: .*no\.yaml:1:/)
    expect((await runCli(['diff', 'before.yaml'], { cwd: folder.path })).code).toBe(2)
  })

  test('shortens what is long, and never a character in its middle', async () => {
    const long = '\u{1f600}'.repeat(300)
    await using folder = await folderWith(
      conversation([get('/'), ok(JSON.stringify({ a: long }))]),
      conversation([get('/'), ok('{"a":1}')]),
    )
    const run = await runCli(['diff', 'before.yaml', 'after.yaml'], { cwd: folder.path })
    expect(run.stdout).toContain(`$.a: "${'\u{1f600}'.repeat(199)}... (302 characters) -> 1`)
    expect(run.stdout).toMatch(PRINTABLE_LINES)
    expect(await readFile(path.join(folder.path, 'before.yaml'), 'utf8')).toContain(long.slice(0, 40))
  })
})

async function folderWith(one: Cassette, other: Cassette): Promise<Awaited<ReturnType<typeof temporaryFolder>>> {
  const folder = await temporaryFolder()
  await saveCassette(path.join(folder.path, 'before.yaml'), one)
  await saveCassette(path.join(folder.path, 'after.yaml'), other)
  return folder
}
