import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from './helpers/test.ts'

const ROOT = resolve(import.meta.dirname, '..')
const DECLARATION = /^export (?:default )?(?:abstract )?(?:class|interface|type|(?:async )?function\*?|const) (\w+)/

/** The public names: those of the reports in api/. */
function publicNames(): ReadonlySet<string> {
  const reports = readdirSync(join(ROOT, 'api')).map((name) => readFileSync(join(ROOT, 'api', name), 'utf8'))
  const declared = /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|(?:async )?function|const) (\w+)/gm
  return new Set(reports.flatMap((text) => Array.from(text.matchAll(declared), ([, name = '']) => name)))
}

test('every public export has a doc comment', () => {
  const names = publicNames()
  expect(names.size).toBeGreaterThan(200)
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )
  const bare = files.flatMap((file) => {
    const lines = readFileSync(join(ROOT, 'src', file), 'utf8').split('\n')
    return lines.flatMap((line, index) => {
      const name = DECLARATION.exec(line)?.[1] ?? ''
      const before = lines.slice(0, index).findLast((each) => !each.startsWith('// ')) ?? ''
      // Further signatures of a function share the comment of the first.
      const isCommented = before.trim().endsWith('*/') || DECLARATION.exec(before)?.[1] === name
      return names.has(name) && !isCommented ? [`${file}:${index + 1} ${name}`] : []
    })
  })
  expect(bare).toEqual([])
})

test('every code that is thrown or printed is on the page of codes', () => {
  const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )
  const thrown = files.flatMap((file) => {
    const text = readFileSync(join(ROOT, 'src', file), 'utf8')
    return Array.from(text.matchAll(/new \w*(?:Error|Refusal|Miss)\(\s*'([A-Z][A-Z0-9_]+)'/g), ([, code = '']) => code)
  })
  expect(thrown.length).toBeGreaterThan(50)
  expect([...new Set(thrown)].filter((code) => !page.includes(`| \`${code}\` |`))).toEqual([])
})
