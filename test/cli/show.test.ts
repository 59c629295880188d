import { existsSync, openSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { spawn } from 'node:child_process'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { type Cassette, CASSETTE_VERSION, saveCassette, type TapeEvent } from 'wiretape/cassette'
import { ESCAPE_SEQUENCES, PRINTABLE_LINES } from './hostile.ts'
import { CLI, finish, runCli, startCli, temporaryFolder } from './run-cli.ts'

test.describe('wiretape show', () => {
  test('prints the conversation in order, with direction, time and size', async () => {
    await using folder = await folderWith([
      {
        type: 'open',
        connection: 1,
        at: 0,
        to: 'https://api.example.com',
        took: 31.204,
        tls: { version: 'TLSv1.3', alpn: 'http/1.1', authorized: true },
      },
      segment('sent', 31.9, 'GET /users/42 HTTP/1.1\r\nHost: api.example.com\r\n\r\n'),
      segment('received', 74.1, 'HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n{"id":42,\n "name":"Ada"}'),
      { type: 'end', connection: 1, at: 80.2, by: 'server' },
      {
        type: 'close',
        connection: 1,
        at: 80.3,
        by: 'client',
        failure: { code: 'UNSOLICITED_DATA', phase: 'body', message: '2 bytes too many' },
      },
      {
        type: 'failed',
        connection: 2,
        at: 90,
        to: 'http://127.0.0.1:9',
        took: 1,
        failure: { code: 'CONNECT_FAILED', phase: 'tcp', systemCode: 'ECONNREFUSED', message: 'refused' },
      },
    ])

    const run = await runCli(['show', 'it.yaml'], { cwd: folder.path })

    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toBe(
      [
        'it.yaml',
        'recorded 2026-11-22T12:00:00.000Z by wiretape 0.1.0 on node 20.20.2',
        '',
        '*** #1  0.000 ms  open to https://api.example.com  took 31.204 ms  TLSv1.3  ALPN http/1.1  certificate verified',
        '',
        '--> #1  31.900 ms  49 bytes',
        '    GET /users/42 HTTP/1.1',
        '    Host: api.example.com',
        '',
        '<-- #1  74.100 ms  63 bytes',
        '    HTTP/1.1 200 OK',
        '    Content-Length: 22',
        '',
        '    {"id":42,',
        '     "name":"Ada"}',
        '',
        '--- #1  80.200 ms  the server says no more',
        '',
        '*** #1  80.300 ms  closed by the client  UNSOLICITED_DATA in phase body: 2 bytes too many',
        '',
        '!!! #2  90.000 ms  no connection to http://127.0.0.1:9  took 1.000 ms  CONNECT_FAILED ECONNREFUSED in phase tcp: refused',
        '',
        '1 connection, 1 not made, 2 segments, 49 bytes sent, 63 bytes received',
        '',
      ].join('\n'),
    )
  })

  test('prints the beginning of a binary body once, however many segments it took, and all of it with --full', async () => {
    const binary = Buffer.from(Array.from({ length: 100 }, (_, index) => (index * 37 + 128) % 256))
    await using folder = await folderWith([
      open,
      segment('received', 1, Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n'), binary])),
      segment('received', 2, binary),
    ])

    const brief = await runCli(['show', 'it.yaml'], { cwd: folder.path })
    expect(brief.stdout).toContain(
      [
        '    HTTP/1.1 200 OK',
        '    Content-Length: 200',
        '',
        '    00000000  80 a5 ca ef 14 39 5e 83 a8 cd f2 17 3c 61 86 ab  |.....9^.....<a..|',
      ].join('\n'),
    )
    expect(brief.stdout).toContain('    ... 36 more bytes\n<-- #1  2.000 ms  100 bytes  more binary\n')

    const full = await runCli(['show', 'it.yaml', '--full'], { cwd: folder.path })
    expect(full.stdout).not.toContain('more')
    expect(full.stdout.match(/^ {4}00000060 /gm)).toHaveLength(2)
  })

  test('prints the events as JSON: text where it is UTF-8, base64 where it is not', async () => {
    await using folder = await folderWith([
      open,
      segment('sent', 1, 'grüß\u202e\x7f'),
      segment('received', 2, Buffer.of(0xff)),
    ])
    const run = await runCli(['show', '--json', 'it.yaml'], { cwd: folder.path })
    expect(run.stdout).toMatch(PRINTABLE_LINES)
    expect(JSON.parse(run.stdout)).toMatchObject({
      file: 'it.yaml',
      version: 1,
      tape: [open, { type: 'sent', size: 10, text: 'grüß\u202e\x7f' }, { type: 'received', size: 1, base64: '/w==' }],
    })
  })

  for (const mode of ['--full', '--json']) {
    test(`lets no control byte of a recording through (${mode})`, async () => {
      const hostile = Buffer.concat(ESCAPE_SEQUENCES.map(({ bytes }) => bytes))
      const [random] = fc.sample(fc.uint8Array({ minLength: 20_000, maxLength: 20_000 }), { numRuns: 1, seed: 30 })
      const text = hostile.toString()
      const failure = { code: text, phase: 'tls', message: text } as const
      await using folder = await folderWith([
        open,
        segment('sent', 1, Buffer.concat([Buffer.from('GET / HTTP/1.1\r\nX: '), hostile, Buffer.from('\r\n\r\n')])),
        segment(
          'received',
          2,
          Buffer.concat([Buffer.from('HTTP/1.1 200 '), hostile, Buffer.from('\r\n\r\n'), hostile]),
        ),
        segment('received', 3, random ?? ''),
        ...ESCAPE_SEQUENCES.map(({ bytes }, index) => segment('received', 4 + index, bytes)),
        { type: 'close', connection: 1, at: 50, by: 'server', failure },
      ])
      const run = await runCli(['show', mode, 'it.yaml'], { cwd: folder.path })
      expect(run).toMatchObject({ code: 0, stderr: '' })
      expect(run.stdout).toMatch(PRINTABLE_LINES)
      expect(run.stdout).toContain(mode === '--json' ? '\\u001b[2J' : '\\x1b[2J')
    })
  }

  test('colours directions and failures where colours are wanted, and nothing else', async () => {
    await using folder = await folderWith([open, segment('sent', 1, 'a\x1b[2Jb')])
    const run = await runCli(['show', 'it.yaml'], { cwd: folder.path, env: { FORCE_COLOR: '1' } })
    expect(run.stdout).toContain('\x1b[36m--> #1  1.000 ms  6 bytes\x1b[39m\n    a\\x1b[2Jb\n')
    const withoutOurs = ['1', '2', '22', '36', '39'].reduce(
      (text, colour) => text.replaceAll(`\x1b[${colour}m`, ''),
      run.stdout,
    )
    expect(withoutOurs).toMatch(PRINTABLE_LINES)
  })

  test('escapes a hostile file name, also when the file is missing or broken', async () => {
    await using folder = await folderWith([open])
    const name = 'a\x1b[2J\u202e\nb.yaml'
    const missing = await runCli(['show', name], { cwd: folder.path })
    expect(missing).toMatchObject({ code: 1, stdout: '' })
    expect(missing.stderr).toMatch(/^error: CASSETTE_NOT_FOUND: .*a\\x1b\[2J.*b\.yaml.*\n$/)
    expect(missing.stderr).toMatch(PRINTABLE_LINES)

    await writeFile(path.join(folder.path, name), await readFile(path.join(folder.path, 'it.yaml')))
    const found = await runCli(['show', name], { cwd: folder.path })
    expect(found.code).toBe(0)
    expect(found.stdout.split('\n')[0]).toBe('a\\x1b[2J\\xe2\\x80\\xae\\x0ab.yaml')

    await writeFile(path.join(folder.path, name), 'wiretape: 1\ntape: [\x1b]52;c;ZXZpbA==\x07')
    const broken = await runCli(['show', name], { cwd: folder.path })
    expect(broken).toMatchObject({ code: 1, stdout: '' })
    expect(broken.stderr).toMatch(PRINTABLE_LINES)
  })

  test('says what to do about a path that is no cassette', async () => {
    await using folder = await temporaryFolder()
    const run = await runCli(['show', '.'], { cwd: folder.path })
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toMatch(/^error: NOT_A_REGULAR_FILE: .*; name a file, not a folder, link or device\n$/)
  })

  test('says in one line where a broken cassette is broken, and what to do', async () => {
    await using folder = await folderWith([open, segment('sent', 1, 'GET / HTTP/1.1\r\n\r\n')])
    const file = path.join(folder.path, 'it.yaml')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('sent:', 'snet:'))
    const run = await runCli(['show', 'it.yaml'], { cwd: folder.path })
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toMatch(/^error: CASSETTE_[A-Z]+: .*it\.yaml:\d+:\d+.*; correct the file or record it again\n$/)
  })

  test('ends quietly when its reader goes away', async () => {
    await using folder = await folderWith([
      open,
      ...Array.from({ length: 2000 }, () => segment('sent', 1, 'x'.repeat(500))),
    ])
    const child = startCli(['show', 'it.yaml'], { cwd: folder.path })
    child.stdout?.once('data', () => child.stdout?.destroy())
    expect(await finish(child)).toMatchObject({ code: 0, stderr: '' })
  })

  test('fails when its output cannot be written', async () => {
    test.skip(!existsSync('/dev/full'), 'needs /dev/full')
    await using folder = await folderWith([open])
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, [CLI, 'show', 'it.yaml'], {
      cwd: folder.path,
      stdio: ['ignore', full, 'pipe'],
    })
    expect(await finish(child)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: SYSTEM_ERROR: ENOSPC: .*; make room on the disk\n$/),
    })
  })
})

test.describe('wiretape --help', () => {
  for (const args of [['--help'], ['record', '--help'], ['show', '--help'], ['help', 'record']]) {
    test(`${args.join(' ')} has examples and exit codes`, async () => {
      await using folder = await temporaryFolder()
      const run = await runCli(args, { cwd: folder.path })
      expect(run).toMatchObject({ code: 0, stderr: '' })
      expect(run.stdout).toMatch(/^Usage: wiretape /)
      expect(run.stdout).toMatch(/\nExamples:\n {2}\$ wiretape /)
      expect(run.stdout).toMatch(/\nExit codes:\n {2}0 {2}/)
      expect(Math.max(...run.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
    })
  }

  test('every example of the help names options that exist', async () => {
    await using folder = await temporaryFolder()
    for (const command of ['record', 'show']) {
      const { stdout } = await runCli([command, '--help'], { cwd: folder.path })
      const [usage = '', examples = ''] = stdout.split('\nExamples:\n')
      const named = examples.match(/(?<= )--?[a-zA-Z]+/g) ?? []
      for (const option of named) expect(usage).toContain(option)
    }
  })

  test('--version prints the version of the package', async () => {
    await using folder = await temporaryFolder()
    const run = await runCli(['--version'], { cwd: folder.path })
    const { version }: { version?: unknown } = JSON.parse(await readFile('package.json', 'utf8'))
    expect(run).toEqual({ code: 0, stdout: `${String(version)}\n`, stderr: '' })
  })

  test('without a command it prints the help to stderr and exits with 2', async () => {
    await using folder = await temporaryFolder()
    const run = await runCli([], { cwd: folder.path })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toMatch(/^Usage: wiretape /)
  })
})

const open: TapeEvent = { type: 'open', connection: 1, at: 0, to: 'http://example.com', took: 1 }

function segment(type: 'sent' | 'received', at: number, content: string | Uint8Array): TapeEvent {
  return { type, connection: 1, at, bytes: Buffer.from(content) }
}

/** A temporary folder with the cassette `it.yaml` in it. */
async function folderWith(tape: readonly TapeEvent[]): Promise<Awaited<ReturnType<typeof temporaryFolder>>> {
  const folder = await temporaryFolder()
  const recorded = { at: '2026-11-22T12:00:00.000Z', by: 'wiretape 0.1.0', node: '20.20.2' }
  const cassette: Cassette = { version: CASSETTE_VERSION, recorded, tape }
  await saveCassette(path.join(folder.path, 'it.yaml'), cassette)
  return folder
}
