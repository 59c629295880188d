import { createHash } from 'node:crypto'
import { mkdir, rm, symlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { parse } from 'yaml'
import { expect, test } from '../helpers/test.ts'
import { checkCassettes, type CheckOptions } from '../../src/inspection/check-cassettes.ts'
import type { Finding } from '../../src/inspection/findings.ts'
import { parsePlayedList } from '../../src/inspection/played-list.ts'
import { lockCassette } from '../../src/store/lock.ts'
import { EDIT_CASES } from './edits.ts'
import { type Folder, temporaryFolder } from './files.ts'
import { cassetteOf, connectionOf, conversation, get, ok } from './wire.ts'

const simple = conversation([get('/a'), ok('{"name":"Ada"}')], [get('/b'), ok('other')])

test.describe('checkCassettes', () => {
  test('finds nothing in cassettes as they were recorded, the most broken answers included', async () => {
    await using folder = await temporaryFolder()
    await folder.save('simple.yaml', simple)
    const wrong = [
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nmuch longer than five',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfour\r\n0\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain',
      'SSH-2.0-OpenSSH_9.6\r\n',
    ]
    for (const [index, answer] of wrong.entries())
      await folder.save(`wrong-${index}.yaml`, conversation([get('/'), answer]))
    expect(await checkCassettes([folder.path])).toEqual({
      files: ['simple', 'wrong-0', 'wrong-1', 'wrong-2', 'wrong-3'].map((name) => folder.file(`${name}.yaml`)),
      findings: [],
    })
  })

  for (const { what, cassette, edits, findings } of EDIT_CASES) {
    test(`reports an edit: ${what}`, async () => {
      await using folder = await temporaryFolder()
      const file = await folder.save('it.yaml', cassette)
      for (const [before, after] of edits) await folder.edit('it.yaml', before, after)
      const lines = (await folder.read('it.yaml')).split('\n')
      const eventLines = lines.flatMap((line, index) => (/^ {2}- (?!saved)/.test(line) ? [index + 1] : []))

      const found = await checkCassettes([file])
      const [checksum, ...others] = found.findings.toSorted((one, other) => one.code.localeCompare(other.code))
      expect(checksum).toMatchObject({ code: 'CHECKSUM_WRONG', severity: 'note', file, column: 5 })
      expect(lines[(checksum?.line ?? 0) - 1]).toMatch(/^ {2}- saved: /)
      expect(others.map(({ code, line }) => [code, line])).toEqual(
        findings
          .map(([code, event]) => [code, eventLines[event]] as const)
          .toSorted(([one], [other]) => one.localeCompare(other)),
      )
      for (const [code, , says] of findings) {
        expect(
          others
            .filter((one) => one.code === code)
            .map(({ message }) => message)
            .join('\n'),
        ).toContain(says)
      }
    })
  }

  test('reports why a cassette cannot be read, where, and what to do', async () => {
    await using folder = await temporaryFolder()
    await folder.save('torn.yaml', simple)
    await folder.write('torn.yaml', (await folder.read('torn.yaml')).replace(/ {2}- saved[^]*$/, ''))
    await folder.save('key.yaml', simple)
    await folder.edit('key.yaml', 'recorded: {', 'recorded: { who: me,')
    await folder.save('conflict.yaml', simple)
    await folder.edit('conflict.yaml', 'events: 5', '<<<<<<< HEAD\nevents: 5\n=======\nevents: 6\n>>>>>>> other')
    const { findings } = await checkCassettes([folder.path, folder.file('missing.yaml')])
    expect(findings.map(({ code, severity, line, advice }) => [code, severity, line > 1, advice])).toEqual([
      ['CASSETTE_CONFLICT', 'error', true, 'resolve the merge, or record it again'],
      ['CASSETTE_INVALID', 'error', true, expect.stringContaining('correct the file at this place')],
      ['CASSETTE_NOT_FOUND', 'error', false, 'check the path'],
      ['TORN_TAIL', 'error', true, `wiretape recover ${folder.file('torn.yaml')}, or get it back from git`],
    ])
    expect(findings.map(({ message }) => message).join('\n')).not.toContain(folder.path)
  })

  test('reports what looks like a secret, at the event that holds it, and never shows it', async () => {
    await using folder = await temporaryFolder()
    const secret = 'kP9x2LmQ7vR4tY8wZ1'
    const file = await folder.save(
      'it.yaml',
      conversation(
        [get('/a'), ok()],
        [get('/b', `Authorization: Bearer ${secret}`), ok(`{"password":"${secret.toLowerCase()}"}`)],
        [get('/c'), ok('my own one')],
      ),
    )
    const { findings } = await checkCassettes([file])
    expect(findings.map(({ code, severity, message }) => `${severity} ${code} ${message}`)).toEqual([
      'error SECRET_FOUND something looks like a secret: authorization',
      'error SECRET_FOUND something looks like a secret: password',
    ])
    expect(JSON.stringify(findings)).not.toMatch(new RegExp(secret, 'i'))
    const lines = (await folder.read('it.yaml')).split('\n')
    expect(lines.slice((findings[0]?.line ?? 0) - 1).join('\n')).toMatch(
      /^ {2}- via: 1\n.*\n.*\n {6,8}crlf: .*\n *GET \/b/,
    )

    expect((await checkCassettes([file], { secrets: false })).findings).toEqual([])
    const own = await checkCassettes([file], { secrets: { secrets: ['my own one'] } })
    expect(own.findings).toHaveLength(3)
  })

  test('lists what it finds by line, then by column: a cassette may have one line', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.save(
      'it.yaml',
      conversation([get('/b', 'Authorization: Bearer kP9x2LmQ7vR4tY8wZ1'), ok('text')]),
    )
    await folder.edit('it.yaml', '"text"', '"longer text"')
    await folder.write('it.yaml', JSON.stringify(parse(await folder.read('it.yaml'))))
    const { findings } = await checkCassettes([file])
    expect(findings.map(({ code, line }) => `${code} ${line}`)).toEqual([
      'SECRET_FOUND 1',
      'LENGTH_WRONG 1',
      'CHECKSUM_WRONG 1',
    ])
  })

  test('reports what redaction would not find: another scanner has looked as well', async () => {
    await using folder = await temporaryFolder()
    const secret = 'kP9x2LmQ7vR4tY8wZ1'
    const hidden = brotliCompressSync(`${'a coded body without its coding, '.repeat(20)}${secret}`)
    const file = await folder.save('it.yaml', conversation([get('/a'), ok()], [get('/b'), ok(hidden)]))
    const { findings } = await checkCassettes([file], { secrets: { secrets: [secret] } })
    expect(findings.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'SECRET_FOUND something looks like a secret: value in br',
    ])
    expect((await checkCassettes([file])).findings).toEqual([])
  })

  test('finds cassettes by how they begin, below folders, but not behind links, dots and node_modules', async () => {
    await using folder = await temporaryFolder()
    for (const name of ['a', 'a/b', 'node_modules', '.git', 'blobs'])
      await mkdir(folder.file(name), { recursive: true })
    for (const name of ['it.yaml', 'a/b/it.yml', 'node_modules/no.yaml', '.git/no.yaml', 'blobs/no.yaml'])
      await folder.save(name, simple)
    await folder.write('other.yaml', 'openapi: 3.1.0\n')
    await folder.write('a/commented.yaml', `# a comment\n---\n${await folder.read('it.yaml')}`)
    await symlink(folder.file('it.yaml'), folder.file('link.yaml'))
    await symlink(folder.file('a'), folder.file('linked'))
    const { files } = await checkCassettes([folder.path])
    expect(files.map((file) => path.relative(folder.path, file))).toEqual(['a/b/it.yml', 'a/commented.yaml', 'it.yaml'])
    // What is named is checked, whatever it is.
    const { findings } = await checkCassettes([folder.file('other.yaml'), folder.file('link.yaml')])
    expect(findings.map(({ code }) => code)).toEqual(['NOT_A_REGULAR_FILE', 'CASSETTE_INVALID'])
  })

  test('reports what killed recordings left, and what is being recorded', async () => {
    await using folder = await temporaryFolder()
    const gone = 4_194_304 + 1 // above what Linux gives out
    for (const name of ['it', 'busy']) await folder.save(`${name}.yaml`, simple)
    await folder.write('it.yaml.rec', 'wiretape: 1\n')
    await folder.write('it.yaml.lock', JSON.stringify({ pid: gone, host: hostname(), thread: 0, token: 'gone' }))
    await folder.write(`it.yaml.tmp-${gone}.0-0a1b2c3d`, '')
    await folder.write('busy.yaml.rec', 'wiretape: 1\n')
    const lock = lockCassette(folder.file('busy.yaml'))
    await folder.write(`busy.yaml.tmp-${process.pid}.0-0a1b2c3d`, '')
    expect(codesByFile(await checkCassettes([folder.path]), folder)).toEqual([
      'busy.yaml LOCKED note',
      'it.yaml.lock LOCK_LEFT note',
      'it.yaml.rec JOURNAL_LEFT warning',
      `it.yaml.tmp-${gone}.0-0a1b2c3d TEMPORARY_LEFT note`,
    ])
    lock.release()
  })

  test('reports blobs that nobody names, that are missing, and that are not what their names say', async () => {
    await using folder = await temporaryFolder()
    for (const name of ['sound', 'missing', 'changed']) {
      const long = createHash('shake256', { outputLength: 100_000 }).update(name).digest()
      await folder.save(`${name}.yaml`, conversation([get('/'), ok(long)]))
    }
    const blobOf = async (name: string): Promise<string> =>
      `blobs/${/[\da-f]{64}/.exec(await folder.read(`${name}.yaml`))?.[0]}`
    const missing = await blobOf('missing')
    await rm(folder.file(missing))
    await folder.write(await blobOf('changed'), 'something else')
    const orphan = `blobs/${'0a'.repeat(32)}`
    await folder.write(orphan, '')
    await folder.write('blobs/note.txt', '')
    const report = await checkCassettes([folder.path])
    expect(codesByFile(report, folder)).toEqual([
      `${orphan} BLOB_ORPHAN warning`,
      'blobs/note.txt BLOB_ORPHAN warning',
      'changed.yaml BLOB_DAMAGED error',
      'missing.yaml BLOB_MISSING error',
    ])
    expect(report.findings.find(({ code }) => code === 'BLOB_MISSING')?.message).toContain(missing)
  })

  test('reports interactions and cassettes that a test run did not use', async () => {
    await using folder = await temporaryFolder()
    const used = await folder.save('used.yaml', simple)
    await folder.save('orphan.yaml', simple)
    const connections = cassetteOf(
      connectionOf([[get('/1'), ok()]]),
      connectionOf(
        [
          [get('/2'), ok()],
          [get('/3'), ok()],
        ],
        { number: 2 },
      ),
    )
    const partly = await folder.save('partly.yaml', connections)
    const list = [
      { path: used, played: [0] },
      { path: path.relative(process.cwd(), used), played: [1, 0], more: true },
      { path: partly, played: [1] },
    ]
    const played = parsePlayedList(list.map((line) => JSON.stringify(line)).join('\n'))
    const { findings } = await checkCassettes([folder.path], { played })
    expect(findings.map(({ code, file, message }) => `${path.basename(file)} ${code} ${message}`)).toEqual([
      'orphan.yaml ORPHAN_CASSETTE no test used this cassette',
      expect.stringMatching(/^partly\.yaml UNPLAYED no test played this interaction: GET http:\/\/api\.test\/\d$/),
      expect.stringMatching(/^partly\.yaml UNPLAYED no test played this interaction: GET http:\/\/api\.test\/\d$/),
    ])
    for (const { line, message } of findings.slice(1)) {
      const target = /\/\d$/.exec(message)?.[0] ?? 'none'
      const text = (await folder.read('partly.yaml'))
        .split('\n')
        .slice(line - 1, line + 4)
        .join('\n')
      expect(text).toContain(`GET ${target} HTTP/1.1`)
    }
  })

  test('says how far it is', async () => {
    await using folder = await temporaryFolder()
    for (const name of ['a', 'b']) await folder.save(`${name}.yaml`, simple)
    const told: string[] = []
    const onProgress: CheckOptions['onProgress'] = (done, total, file) =>
      told.push(`${done} ${total} ${path.basename(file)}`)
    await checkCassettes([folder.path], { onProgress })
    expect(told).toEqual(['0 2 a.yaml', '1 2 b.yaml'])
  })
})

test.describe('parsePlayedList', () => {
  for (const line of [
    '{',
    '[]',
    '{"path":"a"}',
    '{"path":1,"played":[]}',
    '{"path":"a","played":["0"]}',
    '{"path":"a","played":[0.5]}',
  ]) {
    test(`refuses ${line}, and names the line`, () => {
      expect(() => parsePlayedList(`{"path":"a","played":[]}\n\n${line}`, 'list')).toThrow(/list:3: not of the form/)
    })
  }
})

function codesByFile({ findings }: { readonly findings: readonly Finding[] }, folder: Folder): readonly string[] {
  return findings.map(({ code, file, severity }) => `${path.relative(folder.path, file)} ${code} ${severity}`)
}
