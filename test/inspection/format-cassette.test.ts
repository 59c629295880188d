import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { checkCassettes } from '../../src/inspection/check-cassettes.ts'
import { formatCassette } from '../../src/inspection/format-cassette.ts'
import { conversations, segmentsOf } from '../helpers/conversations.ts'
import { EDIT_CASES } from './edits.ts'
import { temporaryFolder } from './files.ts'
import { conversation, get, ok } from './wire.ts'
import { countOf } from '../helpers/share.ts'

const simple = conversation([get('/a'), ok('{"name":"Ada"}')], [get('/b'), ok('other')])

test.describe('formatCassette', () => {
  test('leaves a cassette as it was recorded alone', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.save('it.yaml', simple)
    const before = await stat(file)
    expect(await formatCassette(file)).toEqual({ path: file, isChanged: false, mended: [], left: [] })
    expect((await stat(file)).ino).toBe(before.ino)
  })

  for (const { what, cassette, edits, findings, mended } of EDIT_CASES) {
    test(`mends ${what}`, async () => {
      await using folder = await temporaryFolder()
      const file = await folder.save('it.yaml', cassette)
      const original = await folder.read('it.yaml')
      for (const [before, after] of edits) await folder.edit('it.yaml', before, after)

      const report = await formatCassette(file)
      expect(report.isChanged).toBe(true)
      const ofCode = (code: string): readonly string[] =>
        findings.flatMap(([one, , says]) => (one === code ? [says] : []))
      const messages = report.mended.map(({ message }) => message)
      for (const says of ofCode('LENGTH_WRONG')) expect(messages).toContain(says)
      expect(report.left).toHaveLength(findings.length - ofCode('LENGTH_WRONG').length)
      // A new checksum would say that nothing is left to mend.
      expect(messages.includes('the checksum of an edited record')).toBe(report.left.length === 0)

      const text = await folder.read('it.yaml')
      if (mended !== undefined) {
        const expected = mended.reduce((edited, [before, after]) => edited.replace(before, () => after), original)
        expect(withoutChecksums(text)).toBe(withoutChecksums(expected))
      }
      const rest = (await checkCassettes([file])).findings.map(({ code }) => code)
      const unmended = findings.map(([code]) => code).filter((code) => code !== 'LENGTH_WRONG')
      expect(rest.filter((code) => code !== 'CHECKSUM_WRONG')).toEqual(unmended)
      expect(rest.includes('CHECKSUM_WRONG')).toBe(unmended.length > 0)
      expect((await formatCassette(file)).isChanged).toBe(false)
    })
  }

  test('counts events again, where one was removed', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.save('it.yaml', simple)
    const text = await folder.read('it.yaml')
    const removed = text.replace(/ {2}# <-- 200 OK, 5 bytes\n[^]*?other"\n/, '')
    expect(removed).not.toBe(text)
    await folder.write('it.yaml', removed)
    const report = await formatCassette(file)
    expect(report.mended.map(({ message }) => message)).toEqual(['the checksum of an edited record', 'events: 5 -> 4'])
    expect((await checkCassettes([file])).findings).toEqual([])
  })

  test('changes nothing with `check`', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.save('it.yaml', simple)
    await folder.edit('it.yaml', 'name: Ada', 'name: Ada Lovelace')
    const before = await folder.read('it.yaml')
    expect(await formatCassette(file, { check: true })).toMatchObject({ isChanged: true })
    expect(await folder.read('it.yaml')).toBe(before)
  })

  test('reports which comments are lost, and no line of a body', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.save('it.yaml', conversation([get('/a'), ok('# a title\n\nand more text\n# an end\n')]))
    await folder.edit('it.yaml', 'events: 3', '# why this is here\nevents: 3')
    const report = await formatCassette(file)
    expect(report.mended.map(({ message }) => message)).toEqual(['a comment is lost: # why this is here'])
  })

  test('takes no line of a text for a lost comment, however the text was written', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.save('it.yaml', conversation([get('/a'), ok('# a title\n# b  \nend')]))
    await folder.edit(
      'it.yaml',
      String.raw`text: "# a title\n# b  \nend"`,
      'text: |-\n          # a title\n          # b  \n          end',
    )
    const report = await formatCassette(file)
    expect(report.mended.map(({ message }) => message)).toEqual(['the layout was another one'])
  })

  test('removes a blob that the cassette does not need any more, and none that another one needs', async () => {
    await using folder = await temporaryFolder()
    const [one, other] = ['one', 'other'].map((seed) =>
      createHash('shake256', { outputLength: 100_000 }).update(seed).digest(),
    )
    const file = await folder.save('it.yaml', conversation([get('/a'), ok(one)], [get('/b'), ok(other)]))
    await folder.save('beside.yaml', conversation([get('/b'), ok(other)]))
    const text = await folder.read('it.yaml')
    await folder.write('it.yaml', text.replaceAll('to: 100000', 'to: 5'))
    expect(await readdir(folder.file('blobs'))).toHaveLength(2)
    await formatCassette(file)
    expect(await readdir(folder.file('blobs'))).toEqual([
      createHash('sha256')
        .update(other ?? '')
        .digest('hex'),
    ])
    expect((await checkCassettes([folder.path])).findings).toEqual([])
  })

  test('refuses what is torn or no cassette, and leaves it alone', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.save('it.yaml', simple)
    const torn = (await folder.read('it.yaml')).slice(0, -20)
    await folder.write('it.yaml', torn)
    await expect(formatCassette(file)).rejects.toMatchObject({ code: 'TORN_TAIL' })
    expect(await folder.read('it.yaml')).toBe(torn)
  })

  test('never changes a byte of a record whose checksum is right, however it was laid out', async () => {
    await using folder = await temporaryFolder()
    await fc.assert(
      fc.asyncProperty(conversations, async (cassette) => {
        const text = encodeCassette(cassette)
          .replaceAll(/^ {2}#.*\n/gm, '')
          .replaceAll(/^( *)via: 1$/gm, '$1via:   1')
        const file = await folder.write('it.yaml', text)
        await formatCassette(file)
        const formatted = decodeCassette(await folder.read('it.yaml'))
        expect(segmentsOf(formatted)).toEqual(segmentsOf(decodeCassette(text)))
        expect(formatted.notes).toEqual([])
      }),
      { numRuns: countOf(25, 100) },
    )
  })

  test('makes lengths fit whatever bodies become', async () => {
    await using folder = await temporaryFolder()
    const body = fc.stringMatching(/^[a-z]{1,40}$/)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(body, body), { minLength: 1, maxLength: 4 }), async (bodies) => {
        const file = await folder.save('it.yaml', conversation(...bodies.map(([old]) => [get('/'), ok(old)] as const)))
        let text = await folder.read('it.yaml')
        for (const [old, fresh] of bodies) text = text.replace(`text: "${old}"\n`, `text: "${fresh}-"\n`)
        await folder.write('it.yaml', text)
        await formatCassette(file)
        const expected = conversation(...bodies.map(([, fresh]) => [get('/'), ok(`${fresh}-`)] as const))
        expect(segmentsOf(decodeCassette(await folder.read('it.yaml')))).toEqual(segmentsOf(expected))
      }),
      { numRuns: countOf(25, 100) },
    )
  })
})

const withoutChecksums = (text: string): string => text.replaceAll(/saved: crc32 [\da-f]{8}/g, 'saved')
