import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import type { Cassette, DecodedCassette } from '../../src/tape/cassette.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { conversations, segmentsOf } from '../helpers/conversations.ts'
import { countOf } from '../helpers/share.ts'

const PAGE = readFileSync(new URL('../../docs/cassette-format.md', import.meta.url), 'utf8')
const FIXTURES = fileURLToPath(new URL('../../fixtures/cassettes/v1/', import.meta.url))

test.describe('the Python reader of the format page', () => {
  test.skip(() => !hasPyYaml(), 'needs python3 with PyYAML')

  test('gets the same bytes and checksums from a cassette of every feature', async () => {
    const files = readdirSync(FIXTURES).filter((name) => name.endsWith('.yaml'))
    const cassettes = await Promise.all(files.map((name) => loadCassette(join(FIXTURES, name))))
    expect(readInPython(files.map((name) => join(FIXTURES, name)))).toEqual(cassettes.map(expected))
  })

  test('gets the same bytes and checksums from random conversations', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wiretape-python-'))
    const cassettes = fc.sample(conversations, { seed: 31, numRuns: countOf(25, 80) })
    const paths = cassettes.map((cassette, index) => {
      const path = join(folder, `${index}.yaml`)
      writeFileSync(path, encodeCassette(cassette))
      return path
    })
    const read = readInPython(paths)
    rmSync(folder, { recursive: true })
    expect(read).toEqual(cassettes.map(expected))
  })
})

/** In the order of the file. */
const expected = (cassette: Cassette & Partial<DecodedCassette>): object => ({
  segments: segmentsOf({ ...cassette, tape: cassette.records?.flat() ?? cassette.tape }).map((wire) =>
    Buffer.from(wire, 'latin1').toString('hex'),
  ),
  edited: false,
})

/** Runs the code on the page, with a list of files instead of its one, and its answers as JSON. */
function readInPython(paths: readonly string[]): unknown {
  const blocks = [...PAGE.matchAll(/^```python\n([^]*?)^```/gm)].map(([, code = '']) => code)
  const [bytes = '', checks = ''] = blocks
  expect(blocks).toHaveLength(2)
  const definitions = bytes.split(/^tape = /m)[0] ?? ''
  const meaning = checks.split(/^sum = /m)[0] ?? ''
  const program = `${definitions}\n${meaning}
import sys
answers = []
for path in json.load(sys.stdin):
    folder = os.path.dirname(path)
    tape, sum, edited, segments = yaml.load(open(path, encoding='utf-8'), getattr(yaml, 'CSafeLoader', yaml.SafeLoader))['tape'], 0, False, []
    for event in tape:
        if 'saved' in event:
            edited = edited or event['saved'] != f'crc32 {sum:08x}'
            sum = 0
        else:
            sum = zlib.crc32(meaning(event), sum)
            for kind in ('sent', 'received'):
                if kind in event: segments.append(segment(event[kind]).hex())
    answers.append({'segments': segments, 'edited': edited})
json.dump(answers, sys.stdout)
`
  return JSON.parse(
    execFileSync(PYTHON, ['-c', program], { input: JSON.stringify(paths), encoding: 'utf8', maxBuffer: 2 ** 28 }),
  )
}

/** Debian's own has PyYAML; another one on the path may not. */
const PYTHON = process.platform === 'linux' ? '/usr/bin/python3' : 'python3'

function hasPyYaml(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import yaml'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
