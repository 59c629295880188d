import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from '../helpers/test.ts'
import { Ajv } from 'ajv'
import * as fc from 'fast-check'
import { load } from 'js-yaml'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { upgraded } from '../../src/format/upgrade.ts'
import type { YamlMap } from '../../src/format/yaml-node.ts'
import { readYaml, YamlSource } from '../../src/format/yaml-reader.ts'
import { CassetteError } from '../../src/errors.ts'
import { conversations } from '../helpers/conversations.ts'
import { countOf } from '../helpers/share.ts'

const SCHEMA: unknown = JSON.parse(readFileSync(new URL('../../schema/cassette-1.json', import.meta.url), 'utf8'))
const FIXTURES = new URL('../../fixtures/cassettes/', import.meta.url)
const GOLDEN = readFileSync(new URL('readable.yaml', FIXTURES), 'utf8')
const isValid = new Ajv({ strict: true, strictRequired: false, allErrors: false }).compile(Object(SCHEMA))

test.describe('the schema', () => {
  for (const file of readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.yaml')) continue
    test(`accepts ${file}`, () => {
      expect(isValid(load(readFileSync(new URL(file, FIXTURES), 'utf8'))), JSON.stringify(isValid.errors)).toBe(true)
    })
  }

  test('accepts every written cassette', () => {
    const law = fc.property(conversations, (cassette) => isValid(load(encodeCassette(cassette))))
    fc.assert(law, { seed: 21, numRuns: countOf(60, 300) })
  })

  test('is named in the first line of a cassette, for editors', () => {
    const [, id] = /"\$id": "(.*)"/.exec(JSON.stringify(SCHEMA, null, 1)) ?? []
    expect(GOLDEN.split('\n')[0]).toBe(`# yaml-language-server: $schema=${id}`)
  })

  // What the schema refuses, the reader refuses; the reader knows more, such as which connections are open.
  for (const [name, from, to] of [
    ['another version', 'wiretape: 1', 'wiretape: 2'],
    ['a key that nobody knows', 'tape:\n', 'x-future: 1\ntape:\n'],
    ['a key of an event that nobody knows', '    took: 0.4\n', '    took: 0.4\n    speed: 1\n'],
    ['a missing key', '    took: 0.4\n', ''],
    ['a negative time', 'at: 31.912', 'at: -1'],
    ['a connection 0', '- open: 2', '- open: 0'],
    ['an origin with a path', 'to: http://localhost:1', 'to: http://localhost:1/a'],
    ['a side that there is not', 'by: client', 'by: proxy'],
    ['a phase that there is not', 'phase: tcp', 'phase: udp'],
    ['a truth value in words', 'authorized: true', 'authorized: "yes"'],
    ['a piece of two kinds', 'text: "a=1&b=2"', 'text: "a=1&b=2"\n      latin1: "a"'],
    ['a piece of an unknown kind', 'text: "a=1&b=2"', 'hex: "0a"'],
    ['a piece of no kind', '      text: "a=1&b=2"', '      {}'],
    ['a style of text that is not JSON', 'text: "a=1&b=2"', 'text: "a=1&b=2"\n      style: [spaced]'],
    ['an unknown style', 'text: "a=1&b=2"', 'json: {}\n      style: [tabs]'],
    ['text that is a number', 'text: "a=1&b=2"', 'text: 12'],
    ['a list of no pieces', '      text: "a=1&b=2"', '      []'],
    ['a blob with a path for its name', 'text: "a=1&b=2"', 'blob: { sha256: "../../etc/passwd", from: 0, to: 1 }'],
    ['a checksum of another kind', 'saved: crc32 04888df4', 'saved: md5 04888df4'],
    ['a tape that is a map', 'tape:\n', 'tape: {}\nother:\n'],
  ] as const) {
    test(`refuses ${name}, as the reader does`, () => {
      expect(GOLDEN.split(from).length).toBeGreaterThan(1)
      const text = GOLDEN.replace(from, () => to)
      expect(isValid(load(text))).toBe(false)
      expect(() => decodeCassette(text)).toThrow(CassetteError)
    })
  }
})

test.describe('upgraded', () => {
  const root = readYaml(new YamlSource('wiretape: 1\n', undefined))
  const cassette: YamlMap = root.type === 'map' ? root : { type: 'map', offset: 0, entries: new Map() }
  test('applies one step for each version, in order', () => {
    const upgrades = { 1: renamed('a'), 2: renamed('b') }
    expect([...(upgraded(cassette, 1, upgrades, 3)?.entries.keys() ?? [])]).toEqual(['wiretapeab'])
    expect([...(upgraded(cassette, 2, upgrades, 3)?.entries.keys() ?? [])]).toEqual(['wiretapeb'])
  })

  test('leaves the newest version unchanged', () => {
    expect(upgraded(cassette, 3, {}, 3)).toBe(cassette)
  })

  for (const version of [0, 2, -1, 1.5, Number.NaN, 99]) {
    test(`returns undefined for version ${version}`, () => {
      expect(upgraded(cassette, version)).toBeUndefined()
    })
  }
})

const renamed =
  (name: string) =>
  (map: YamlMap): YamlMap => ({
    ...map,
    entries: new Map([...map.entries].map(([key, entry]) => [key + name, entry])),
  })
