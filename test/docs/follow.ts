import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { parse } from 'yaml'

const ROOT = resolve(import.meta.dirname, '../..')

/** Milliseconds. A script that waits for a server in vain would wait for ever. */
const LONGEST_SCRIPT = 120_000

/** A page of docs, followed from its first block to its last in a folder of its own. */
export interface Followed {
  readonly dir: string
  /** Blocks that were written, run or compared. */
  readonly blocks: number
  /** What each shell block printed. */
  readonly outputs: readonly string[]
}

export interface FollowOptions {
  /** Variables that the page uses, such as `API_URL`. */
  readonly env?: Readonly<Record<string, string>>
  /** Called where the page says `<!-- the server stops -->`. */
  readonly stop?: () => void
  /** Files that are there before the page begins. */
  readonly files?: Readonly<Record<string, string>>
}

interface Block {
  readonly note: string
  readonly language: string
  readonly code: string
}

/**
 * Follows a page as a reader does, with this package and what the page installs in the project.
 *
 * A block with a file name is written, and a module in a block of TypeScript is run: the name is a comment in its first line, or in
 * `<!-- file: NAME -->` before it. A workflow of CI is written, and its commands run. `sh` is run, and fails if a command fails; `console` shows what
 * its commands print. `text` must be in what the last commands printed, and `yaml` without a name in the file of
 * `<!-- in: NAME -->`. A block after `<!-- not run: WHY -->` is passed over; any other is an error, so that no block goes untried by oversight.
 *
 * @throws Error naming the block.
 */
export async function followPage(page: string, options: FollowOptions = {}): Promise<AsyncDisposable & Followed> {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-page-'))
  try {
    await makeProject(dir, options.files ?? {})
    const outputs: string[] = []
    const blocks = blocksOf(await readFile(join(ROOT, page), 'utf8'))
    for (const block of blocks) {
      if (block.note === 'the server stops') options.stop?.()
      else await follow({ dir, env: options.env ?? {}, outputs }, block)
    }
    return { dir, blocks: blocks.length, outputs, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) }
  } catch (error) {
    await rm(dir, { recursive: true })
    throw error
  }
}

/** Blocks with the note before them, and notes that stand alone, in their order. */
function blocksOf(markdown: string): readonly Block[] {
  const parts = markdown.matchAll(/(?:^<!-- ([^\n]*?) -->\n)?^```(\w+)\n(.*?)^```$|^<!-- (the server stops) -->$/gms)
  return Array.from(parts, ([, note = '', language = '', code = '', alone]) => {
    return { note: alone ?? note, language, code }
  })
}

/** A reader on the way through a page. */
interface Reader {
  readonly dir: string
  readonly env: Readonly<Record<string, string>>
  readonly outputs: string[]
}

async function follow(reader: Reader, { note, language, code }: Block): Promise<void> {
  const { dir, env, outputs } = reader
  const [, name] = /^file: (\S+)$/.exec(note) ?? /^(?:\/\/|#) ([\w.\-/]+\.\w+)\n/.exec(code) ?? []
  const [, source] = /^in: (\S+)$/.exec(note) ?? []
  if (note.startsWith('not run: ')) return
  if (name !== undefined) await followFile(reader, name, language, code)
  else if (source !== undefined) assertHolds(await readFile(join(dir, source), 'utf8'), code, source)
  else if (language === 'sh') outputs.push(await runShell(dir, code, env))
  else if (language === 'console') await followConsole(reader, code)
  else if (language === 'text') assertHolds(outputs.at(-1) ?? '', code, 'the output')
  else throw new Error(`nothing runs this block:\n${code}`)
}

async function followFile({ dir, env, outputs }: Reader, name: string, language: string, code: string): Promise<void> {
  await writeIn(dir, name, code)
  if (language === 'ts') outputs.push(await runShell(dir, `node ${name}`, env))
  if (name.startsWith('.github/workflows/')) outputs.push(await runShell(dir, commandsOf(code), { ...env, CI: 'true' }))
}

/** Lines after `$` are commands, the others are printed by the one before them. */
async function followConsole({ dir, env, outputs }: Reader, code: string): Promise<void> {
  for (const [, command = '', printed = ''] of code.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) {
    const output = await runShell(dir, command, env)
    assertHolds(output, printed, command)
    outputs.push(output)
  }
}

/** The commands of a workflow; what it installs is there already. */
function commandsOf(workflow: string): string {
  const jobs: { steps: { run?: string }[] }[] = Object.values(parse(workflow).jobs)
  const commands = jobs.flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))
  return commands.filter((command) => command !== 'npm ci').join('\n')
}

async function runShell(dir: string, code: string, env: Readonly<Record<string, string>>): Promise<string> {
  const lines = code.split('\n')
  for (const line of lines) if (line.startsWith('npm install ')) await install(dir, line)
  const script = lines.filter((line) => !line.startsWith('npm install ')).join('\n')
  const given = { ...cleanEnvironment(), ...env, PATH: `${join(dir, '.bin')}:${process.env['PATH']}` }
  // A group of its own, so that what a script leaves running can be ended with it.
  const child = spawn('bash', ['-ec', script], {
    cwd: dir,
    env: given,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const limit = setTimeout(() => endGroup(child), LONGEST_SCRIPT)
  const [out, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  clearTimeout(limit)
  if (status !== 0) throw new Error(`${script}\nended with ${status}:\n${out}${errors}`)
  return out + errors
}

function endGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL')
}

async function makeProject(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  const test = 'node --test'
  await writeIn(dir, 'package.json', JSON.stringify({ private: true, type: 'module', scripts: { test } }))
  // What npx does for a package that is installed, without the second that npx takes.
  await writeIn(dir, '.bin/npx', `#!/bin/sh\nPATH="${dir}/node_modules/.bin:$PATH" exec "$@"\n`, 0o755)
  await writeIn(dir, 'node_modules/.bin/wiretape', `#!/bin/sh\nexec node "${ROOT}/dist/cli/main.js" "$@"\n`, 0o755)
  await install(dir, 'npm install wiretape')
  for (const [name, content] of Object.entries(files)) await writeIn(dir, name, content)
}

async function writeIn(dir: string, name: string, content: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(join(dir, name)), { recursive: true })
  await writeFile(join(dir, name), content, { mode })
}

/** Packages come from the modules of this repository. */
async function install(dir: string, command: string): Promise<void> {
  const modules = join(dir, 'node_modules')
  const names = command.split(/\s+/).slice(2)
  for (const name of names.filter((each) => !each.startsWith('-'))) {
    const source = name === 'wiretape' ? ROOT : join(ROOT, 'node_modules', name)
    await mkdir(dirname(join(modules, name)), { recursive: true })
    if (await isMissing(join(modules, name))) await symlink(source, join(modules, name), 'junction')
  }
}

const isMissing = (path: string): Promise<boolean> =>
  access(path).then(
    () => false,
    () => true,
  )

/** Variables for recording and for other runners must not reach the project. */
const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([key]) => !/^(?:PW|PLAYWRIGHT|TEST_|NODE_TEST|CI$|FORCE_COLOR$|WIRETAPE_|npm_)/.test(key),
    ),
  )

/** Times, dates, ports and counts of runs differ between runs; indentation belongs to the program that prints. */
const plain = (shown: string): string =>
  shown
    .replaceAll(/at: [\d.]+|Date: .*|\d+(?:\.\d+)? ms\b|[\d.]+ s\b|\d+ runs\b/g, 'SOMETIME')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/^\s+|[^\S\n]+$/gm, '')
    .trim()

function assertHolds(whole: string, part: string, what: string): void {
  if (!plain(whole).includes(plain(part))) throw new Error(`${what} does not have\n${part}\nbut:\n${whole}`)
}
