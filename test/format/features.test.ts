import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '../helpers/test.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { segmentsOf } from '../helpers/conversations.ts'

// A cassette for each feature, by the version of the format that brought it. None is ever edited: users keep such files for years.
const FOLDER = new URL('../../fixtures/cassettes/v1/', import.meta.url)
const SUMS = readFileSync(new URL('SHA256SUMS', FOLDER), 'utf8').trimEnd().split('\n')

test.describe('a cassette of version 1', () => {
  for (const line of SUMS) {
    const [sum = '', name = ''] = line.split('  ')
    test(`${name} is unchanged, and all its checksums are right`, async () => {
      const path = new URL(name, FOLDER)
      expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(sum)
      const cassette = await loadCassette(fileURLToPath(path))
      expect(cassette.notes).toEqual([])
      expect(cassette.tape.length > 0).toBe(name !== 'empty.yaml')
    })
  }

  test('is listed for every feature', () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))
    expect(SUMS.map((line) => line.split('  ')[1])).toEqual(files.toSorted())
  })

  test('has the bytes of every style of JSON', async () => {
    const cassette = await loadCassette(fileURLToPath(new URL('json-styles.yaml', FOLDER)))
    const bodies = segmentsOf(cassette).flatMap((text) => text.split('\r\n\r\n')[1] || [])
    expect(bodies.slice(0, 3)).toEqual([
      String.raw`{"name": "caf\u00e9 \ud83d\ude00", "tags": ["a, b", "c: d"], "n": 1.5}`,
      String.raw`{"link":"https:\/\/example.com\/a","name":"\u00e9"}`,
      `${String.raw`{"html":"\u003cb\u003e \u0026 more"}`}\n`,
    ])
  })
})
