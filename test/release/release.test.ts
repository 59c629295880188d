import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { parse } from 'yaml'
import { changelogProblems } from '../../scripts/release/changelog.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, string>>
}

interface Job {
  readonly needs?: string
  readonly permissions?: Readonly<Record<string, string>>
  readonly strategy?: { readonly matrix: { readonly node: readonly string[] } }
  readonly steps: readonly Step[]
}

const workflow: { on: unknown; permissions: unknown; jobs: Readonly<Record<'test' | 'publish', Job>> } = parse(
  read('.github/workflows/release.yml'),
)
const manifest = Object(JSON.parse(read('package.json')))

test.describe('the release workflow', () => {
  test('publishes with a provenance, after the tests, for tags of versions only', () => {
    const { test: tests, publish } = workflow.jobs
    expect(workflow.on).toEqual({ push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] } })
    expect(workflow.permissions).toEqual({ contents: 'read' })
    expect(tests.permissions).toBeUndefined()
    expect(publish).toMatchObject({ needs: 'test', permissions: { contents: 'read', 'id-token': 'write' } })
    expect(publish.steps.at(-1)?.run).toBe('npm publish --provenance --access public')
  })

  test('names each action by its whole version, and no secret', () => {
    const used = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []))
    expect(used.length).toBeGreaterThan(3)
    for (const action of used) expect(action).toMatch(/^actions\/[a-z-]+@v\d+\.\d+\.\d+$/)
    expect(read('.github/workflows/release.yml')).not.toContain('secrets.')
  })

  test('tests the oldest Node that the package allows, and publishes with one that knows trusted publishers', () => {
    const { test: tests, publish } = workflow.jobs
    expect(tests.strategy?.matrix.node).toContain(manifest.engines.node.replace('>=', ''))
    const setUp = publish.steps.find(({ uses }) => uses?.startsWith('actions/setup-node@'))
    expect(Number(setUp?.with?.['node-version'])).toBeGreaterThanOrEqual(24)
  })

  test('runs only scripts that there are', () => {
    const commands = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))
    const scripts = commands.flatMap((command) => /^npm (?:run )?([a-z:]+)/.exec(command)?.[1] ?? [])
    const known = new Set([...Object.keys(manifest.scripts), 'ci', 'pkg', 'publish'])
    expect(scripts.length).toBe(commands.length)
    expect(scripts.filter((script) => !known.has(script))).toEqual([])
  })
})

test.describe('the changelog', () => {
  test('is ready, as it stands', () => {
    expect(changelogProblems(read('CHANGELOG.md'), undefined)).toEqual([])
  })

  test('is refused before a release without its version and day, changes, or known kinds in their order', () => {
    const change = '\n### Added\n\n- This.\n'
    expect(changelogProblems(`# C\n\n## 1.0.0 - 2026-12-01\n${change}\n## 0.9.0 - 2026-11-01\n`, '1.0.0')).toEqual([])
    expect(changelogProblems(`## Unreleased\n${change}`, '1.0.0')).toEqual([
      'the first section is "Unreleased", not "1.0.0 - YYYY-MM-DD"',
    ])
    expect(changelogProblems(`## 1.0.0 - 2026-12-01\n${change}`, undefined)).toHaveLength(1)
    expect(changelogProblems('## Unreleased\n\n### Fixed\n\n### Added\n\n### News\n', undefined)).toHaveLength(3)
    expect(changelogProblems(`## Unreleased\n${change}\n## Soon\n`, undefined)).toEqual([
      '"Soon" is not a version and a day',
    ])
    expect(changelogProblems('# C\n', undefined)).toEqual(['the changelog has no section'])
  })
})
