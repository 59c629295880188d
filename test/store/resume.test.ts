import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from '../helpers/test.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { leftOver, resume } from '../../src/store/resume.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'

const test = base.extend<{ path: string }>({
  path: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'wiretape-resume-'))
    await use(join(folder, 'users.yaml'))
    rmSync(folder, { recursive: true })
  },
})

/** A cassette of two connections. */
function made(word = 'one'): string {
  const tape = new TapeWriter()
  for (const number of [1, 2])
    tape.open(`http://a${number}.test`).sent(request('GET', '/')).received(answer(word)).closed('client')
  return encodeCassette(tape.cassette)
}

const TEXT = made()
const withoutEnd = (text: string): string => text.slice(0, text.lastIndexOf('events: '))

test.describe('a recording goes on', () => {
  test('from nothing where there is nothing, and from a cassette in its own text', async ({ path }) => {
    expect(await resume(path)).toBeUndefined()
    writeFileSync(path, TEXT)
    expect((await resume(path))?.base).toEqual({ text: withoutEnd(TEXT), events: 8, isUnsaved: false })
  })

  for (const [what, text] of [
    ['an event begins with its time', TEXT.replace(/- (via: 1)\n {4}(at: .*)/, '- $2\n    $1')],
    ['the last line has a comment', `${TEXT}# the end\n`],
    ['a checksum is missing', TEXT.replace(/ {2}- saved: .*\n(?=events)/, '')],
    ['there are quotes', TEXT.replace('events: 8', 'events: "8"').replace('"8"', '8 ')],
  ] as const)
    test(`from a cassette in the form of a recorder where ${what}`, async ({ path }) => {
      expect(text).not.toBe(TEXT)
      writeFileSync(path, text)
      expect((await resume(path))?.base).toEqual({ text: withoutEnd(TEXT), events: 8, isUnsaved: false })
    })

  test('from what was cut short, with what it began with', async ({ path }) => {
    const records = TEXT.split(/(?<= {2}- saved: .*\n)/)
    expect(records).toHaveLength(3)
    writeFileSync(path, `${records[0]}events: 4\n`)
    writeFileSync(`${path}.rec`, `${records[0]}${records[1]}  - via: 9`)
    const resumed = await resume(path)
    expect(resumed?.base).toEqual({ text: withoutEnd(TEXT), events: 8, isUnsaved: true })
    expect(resumed?.cassette.tape).toHaveLength(8)
    rmSync(path)
    expect((await resume(path))?.base).toEqual(resumed?.base)
  })

  test('from a cassette and what was cut short of another, one after the other', async ({ path }) => {
    writeFileSync(path, TEXT)
    writeFileSync(`${path}.rec`, withoutEnd(made('two')))
    const resumed = await resume(path)
    expect(resumed?.cassette.records.map(([event]) => event?.connection)).toEqual([1, 2, 3, 4])
    expect(resumed?.base).toMatchObject({ events: 16, isUnsaved: true })
    expect(resumed?.base.text).toMatch(/- saved: crc32 [\da-f]{8}\n$/)
  })

  test('from a cassette alone where nothing whole was left', async ({ path }) => {
    writeFileSync(path, TEXT)
    for (const left of ['', 'wiretape: 1\n', withoutEnd(TEXT).slice(0, 400)]) {
      writeFileSync(`${path}.rec`, left)
      expect((await resume(path))?.base).toEqual({ text: withoutEnd(TEXT), events: 8, isUnsaved: false })
    }
    writeFileSync(`${path}.rec`, 'wiretape: 1\n')
    expect(await leftOver(path)).toBeUndefined()
  })
})
