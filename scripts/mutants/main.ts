/**
 * `npm run mutants -- FOLDER|FILE ... [--count N] [--seed S] [--jobs J] [--bar P]`: makes small changes of files in `src`, one at a
 * time, and reports those that no test detects. It works on copies; the checkout stays unchanged.
 *
 * A test counts as one that detects a change only if it passes without the change. Exit code 1: fewer than P percent were detected
 * (default: 0, a report only).
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { transform } from 'esbuild'
import { Random } from '../fuzz/random.ts'
import { type Mutant, mutantsOf } from './mutations.ts'
import { BUILT, testsOf } from './tests-of.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const COPIED = [
  'src',
  'test',
  'scripts',
  'fixtures',
  'schema',
  'docs',
  'examples',
  'demo',
  'bench',
  'dist',
  'build',
  'api',
]
const FILES = [
  'package.json',
  'playwright.config.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
]

/** Milliseconds after which a run counts as hung, and so as detected. */
const LONGEST_RUN = 240_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    bar: { type: 'string', default: '0' },
  },
})

const mutants = chosen(positionals.flatMap(sourcesIn), Number(values.count), Number(values.seed))
const left = mutants.map((mutant, index) => ({ mutant, index }))
const lived: Mutant[] = []
const unsure: Mutant[] = []
let killed = 0

async function work(): Promise<void> {
  const copy = makeCopy()
  try {
    const main = readFileSync(join(copy, 'src/cli/main.ts'), 'utf8')
    if (!(await put(copy, 'cli/main.ts', main))) throw new Error('the copy cannot be built: run npm run build first')
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { mutant, index } = next
      const { kind, by } = await outcomeOf(copy, mutant)
      if (kind === 'seen') killed += 1
      else (kind === 'lives' ? lived : unsure).push(mutant)
      console.log(`${index + 1}/${mutants.length} ${kind.padEnd(6)} ${describe(mutant)}${by === '' ? '' : ` by ${by}`}`)
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

await Promise.all(Array.from({ length: Number(values.jobs) }, work))
const percent = (100 * killed) / Math.max(1, mutants.length)
console.log(`\n${killed} of ${mutants.length} seen (${percent.toFixed(1)} %), seed ${values.seed}`)
for (const mutant of lived) console.log(`  lives: ${describe(mutant)}`)
for (const mutant of unsure)
  console.log(`  unsure, as a test failed or took too long for another reason: ${describe(mutant)}`)
if (percent < Number(values.bar)) process.exitCode = 1

function describe({ file, line, what }: Mutant): string {
  return `src/${file}:${line} ${what}`
}

/** Source files of a folder or file, by path from `src`. */
function sourcesIn(place: string): readonly string[] {
  const path = resolve(ROOT, place)
  const paths = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name))
    : [path]
  return paths.filter((each) => each.endsWith('.ts')).map((each) => relative(join(ROOT, 'src'), each))
}

/** As many mutants as asked for, spread over the files by their size. */
function chosen(files: readonly string[], count: number, seed: number): readonly Mutant[] {
  const all = files.toSorted().flatMap((file) => mutantsOf(file, readFileSync(join(ROOT, 'src', file), 'utf8')))
  const random = new Random(seed, 0)
  const picked: Mutant[] = []
  while (picked.length < count && all.length > 0) picked.push(...all.splice(random.below(all.length), 1))
  return picked
}

/** A folder in which the tests run as they do in the checkout. */
function makeCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), 'wiretape-mutants-'))
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true })
  for (const name of FILES) cpSync(join(ROOT, name), join(copy, name))
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

interface Outcome {
  readonly kind: 'seen' | 'lives' | 'unsure'
  /** The test that failed, or what else happened. */
  readonly by: string
}

async function outcomeOf(copy: string, { file, start, end, text }: Mutant): Promise<Outcome> {
  const source = readFileSync(join(copy, 'src', file), 'utf8')
  const groups = testsOf(copy, file)
  try {
    if (!(await put(copy, file, source.slice(0, start) + text + source.slice(end))))
      return { kind: 'seen', by: 'the build' }
    for (const tests of groups) {
      const failed = await firstFailure(copy, tests)
      if (failed === undefined) continue
      if (failed === 'cut') return { kind: 'unsure', by: `${tests.length} files from ${tests[0]} on` }
      await put(copy, file, source)
      return { kind: (await firstFailure(copy, [failed])) === undefined ? 'seen' : 'unsure', by: failed }
    }
    // Tests begin with a build, which checks types; last, as that takes longer than a test.
    return (await compiles(copy)) ? { kind: 'lives', by: '' } : { kind: 'seen', by: 'the compiler' }
  } finally {
    await put(copy, file, source)
  }
}

/** Writes a source file, and builds it if tests run what is built. Returns whether that went well. */
async function put(copy: string, file: string, source: string): Promise<boolean> {
  writeFileSync(join(copy, 'src', file), source)
  return !BUILT.has(file.split('/')[0] ?? '') || (await rebuild(copy, file, source))
}

/** The first of these test files, or places in them, that fails, with its line if it is known; `undefined` if all pass. */
async function firstFailure(copy: string, tests: readonly string[]): Promise<string | undefined> {
  const cli = join(copy, 'node_modules/@playwright/test/cli.js')
  const files = tests.map((test) => (/:\d+$/.test(test) ? test : `${test}$`).replaceAll('.', String.raw`\.`))
  const options = ['-x', '--workers=1', '--retries=0', '--reporter=dot', '--timeout=30000']
  const run = await runNode(copy, [cli, 'test', ...options, ...files])
  if (run.status === 'passed') return undefined
  // On a busy machine a run may be cut for its length.
  if (run.status === 'cut') return 'cut'
  return /^ +1\) (test\S+?:\d+)/m.exec(run.output)?.[1] ?? tests[0]
}

/** Whether all of `src` passes the checks of types. */
async function compiles(copy: string): Promise<boolean> {
  const tsc = join(copy, 'node_modules/typescript/bin/tsc')
  return (await runNode(copy, [tsc, '-p', 'tsconfig.build.json', '--noEmit'])).status === 'passed'
}

/** Does the same as `npm run build`, for one file. */
async function rebuild(copy: string, file: string, source: string): Promise<boolean> {
  const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'node20.19' })
  writeFileSync(
    join(copy, 'build', file.replace(/\.ts$/, '.js')),
    code.replaceAll(/((?:from |import\()"\.[^"]+)\.ts"/g, '$1.js"'),
  )
  return (await runNode(copy, ['--import', 'tsx', 'scripts/build/bundle.ts'])).status === 'passed'
}

interface Run {
  readonly status: 'passed' | 'failed' | 'cut'
  readonly output: string
}

function runNode(cwd: string, args: readonly string[]): Promise<Run> {
  return new Promise((done) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'ignore'], detached: true })
    let [output, isCut] = ['', false]
    child.stdout.on('data', (text: Buffer) => (output += text.toString()))
    const timer = setTimeout(() => {
      isCut = true
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, LONGEST_RUN)
    child.on('close', (code) => {
      clearTimeout(timer)
      done({ status: code === 0 ? 'passed' : isCut ? 'cut' : 'failed', output })
    })
  })
}
