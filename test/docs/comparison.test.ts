import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import * as msw from 'msw'
import * as mswNode from 'msw/node'
import { tryOut } from '../../scripts/comparison/experiment.ts'
import { ROWS, titleOf } from '../../scripts/comparison/rows.ts'
import { ALL_TOOLS, INSTALLED_TOOLS } from '../../scripts/comparison/tools.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const PAGE = readFileSync(resolve(ROOT, 'docs/comparison.md'), 'utf8')

/** The cells of the table, without the line under its head. */
const [HEAD = [], , CLIENTS = [], ...LINES] = PAGE.split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.slice(2, -2).split(' | '))

test.describe.configure({ mode: 'parallel' })

for (const tool of INSTALLED_TOOLS)
  test(`docs/comparison.md says of ${tool.name} what a client sees of its recording`, async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    test.slow()
    const column = HEAD.indexOf(titleOf(tool))
    expect(HEAD, 'another version: run npm run comparison again').toContain(titleOf(tool))
    const found = await tryOut(tool)
    const said = LINES.map((cells) => [cells[0], cells[column]])
    expect(said).toEqual(ROWS.map((row) => [row.name, row.cell(found)]))
    expect(CLIENTS[column]).toBe(tool.client)
  })

test('each column of docs/comparison.md is of a tool that npm run comparison tries', () => {
  const names = HEAD.slice(1, -1).map((title) => title.replace(/ [\d.]+$/, ''))
  expect(names).toEqual(ALL_TOOLS.map(({ name }) => name))
})

test('each row of docs/comparison.md names a test of ours that there is', () => {
  for (const [index, { test: named }] of ROWS.entries()) {
    const [file, title] = named
    expect(LINES[index]?.at(-1)).toBe(`\`${file}\``)
    expect(existsSync(resolve(ROOT, file)), file).toBe(true)
    expect(readFileSync(resolve(ROOT, file), 'utf8'), file).toContain(title)
  }
})

test('msw and MockAgent have nothing that records, as docs/comparison.md says', async () => {
  const { MockAgent } = await import('undici')
  const names = [...Object.keys(msw), ...Object.keys(mswNode), ...Object.getOwnPropertyNames(MockAgent.prototype)]
  expect(names).toEqual(expect.arrayContaining(['HttpResponse', 'setupServer', 'disableNetConnect']))
  expect(names.filter((name) => /record|snapshot/i.test(name))).toEqual([])
})

test('npm run bench measures the tools that docs/comparison.md names', () => {
  const suites = ['replay', 'recording'].map((name) => readFileSync(resolve(ROOT, `bench/${name}.ts`), 'utf8'))
  for (const name of ['SNAPSHOT_AGENT', 'MOCK_AGENT', 'MSW', 'NOCK', 'POLLY']) expect(suites[0]).toContain(name)
  for (const name of ['SNAPSHOT_AGENT', 'NOCK']) expect(suites[1]).toContain(name)
})
