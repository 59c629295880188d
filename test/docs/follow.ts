import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { transform } from 'esbuild'
import { parse } from 'yaml'
import { type Block, blocksOf, ROOT } from './blocks.ts'
import { wayOf } from './places.ts'
import { type Served, startServer } from './served.ts'

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
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** What commands say in place of what is on the page, such as the address of a server of the test. */
  readonly instead?: Readonly<Record<string, string>>
  /** Programs that no test has, as scripts of a shell that stand in for them. */
  readonly programs?: Readonly<Record<string, string>>
  /** Packages that the reader has. */
  readonly packages?: readonly string[]
}

/**
 * Follows a page as a reader does, with this package and what the page installs in the project.
 *
 * A block with a file name is written, and a module in a block of TypeScript is run: the name is a comment in its first line, or in
 * `<!-- file: NAME -->` before it. A workflow of CI is written, and its commands run. `sh` is run, and fails if a command fails; `console` shows what
 * its commands print, and these may fail. `text` must be in what the last commands printed, and `yaml` without a name in the file of
 * `<!-- in: NAME -->`. A command that serves runs on, on a free port, until the page ends; then it must end with 0. A block after
 * `<!-- not run: WHY -->` is passed over, and so is what is tried in another way (`wayOf`); any other is an error, so that no block goes
 * untried by oversight.
 *
 * @throws Error naming the block.
 */
export async function followPage(page: string, options: FollowOptions = {}): Promise<AsyncDisposable & Followed> {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-page-'))
  const { env = {}, instead = {} } = options
  const reader: Reader = { dir, env, outputs: [], instead: new Map(Object.entries(instead)), servers: [] }
  try {
    await makeProject(dir, options)
    const blocks = blocksOf(page)
    for (const block of blocks) {
      if (block.note === 'the server stops') options.stop?.()
      else await follow(reader, block)
    }
    for (const server of reader.servers) await server.stop()
    return {
      dir,
      blocks: blocks.length,
      outputs: reader.outputs,
      [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
    }
  } catch (error) {
    for (const server of reader.servers) server.kill()
    await rm(dir, { recursive: true })
    throw error
  }
}

/** A reader on the way through a page. */
interface Reader {
  readonly dir: string
  readonly env: Readonly<Record<string, string>>
  readonly outputs: string[]
  /** Grows by the address of each server that is started. */
  readonly instead: Map<string, string>
  readonly servers: Served[]
}

async function follow(reader: Reader, block: Block): Promise<void> {
  const { note, language, code } = block
  const { dir, outputs } = reader
  const [, name] = /^file: (\S+)$/.exec(note) ?? /^(?:\/\/|#) ([\w.\-/]+\.\w+)\n/.exec(code) ?? []
  const [, source] = /^in: (\S+)$/.exec(note) ?? []
  if (wayOf(block) !== 'followed') return
  if (name !== undefined) await followFile(reader, name, language, code)
  else if (source !== undefined) assertHolds(await readFile(join(dir, source), 'utf8'), code, source)
  else if (language === 'sh') outputs.push(await runBlock(reader, code))
  else if (language === 'console') await followConsole(reader, code)
  else if (language === 'text') assertHolds(outputs.at(-1) ?? '', code, 'the output')
  else throw new Error(`nothing runs this block:\n${code}`)
}

async function followFile(reader: Reader, name: string, language: string, code: string): Promise<void> {
  const { dir, env, outputs } = reader
  await writeIn(dir, name, replaced(reader, language === 'ts' ? await withoutTypes(code) : code))
  if (language === 'ts') outputs.push(await runShell(dir, `node ${name}`, env))
  if (name.startsWith('.github/workflows/')) outputs.push(await runShell(dir, commandsOf(code), { ...env, CI: 'true' }))
}

/** What a compiler makes of it for every Node that we support: `await using` is not in all of them. */
const withoutTypes = async (code: string): Promise<string> =>
  (await transform(code, { loader: 'ts', target: 'node20' })).code

/** Lines after `$` are commands, the others are printed by the one before them. */
async function followConsole(reader: Reader, code: string): Promise<void> {
  for (const [, command = '', printed = ''] of code.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) {
    // A terminal shows what a command prints, whatever its status is.
    const output = await runBlock(reader, printed === '' ? command : `set +e\n${command}\ntrue`)
    assertHolds(output, printed, command)
    reader.outputs.push(output)
  }
}

/**
 * A line that starts a server leaves it running, as in a terminal of its own; what comes before and after it is run to its end. One whose
 * output goes to a file is left to the shell, as the page looks after it.
 */
async function runBlock(reader: Reader, code: string): Promise<string> {
  const parts = code.split(/^((?:npx )?wiretape (?:serve|proxy|view(?!.* -o)) [^>\n]*)$/m)
  let printed = ''
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 0) printed += await runShell(reader.dir, replaced(reader, part), reader.env)
    else printed += await serveIn(reader, part)
  }
  return asOnThePage(reader, printed)
}

async function serveIn(reader: Reader, line: string): Promise<string> {
  const { dir, env, instead, servers } = reader
  const [, port] = /--port (\d+)/.exec(line) ?? []
  const command = replaced(reader, line)
    .replace(/--port \d+/, '--port 0')
    .replace(/\s*&?\s*(?:#.*)?$/, '')
  const server = await startServer(command, { cwd: dir, env: environmentIn(dir, env) })
  servers.push(server)
  if (port !== undefined) instead.set(`127.0.0.1:${port}`, `127.0.0.1:${server.port}`)
  return server.said
}

/** Longer words first: `http://a.test/report` is not `http://a.test` with something after it. */
const replaced = ({ instead }: Reader, code: string): string =>
  [...instead]
    .toSorted(([one], [other]) => other.length - one.length)
    .reduce((said, [from, to]) => said.replaceAll(from, to), code)

const asOnThePage = ({ instead }: Reader, output: string): string =>
  [...instead].reduce((said, [from, to]) => said.replaceAll(to, from), output)

const environmentIn = (dir: string, env: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...cleanEnvironment(),
  ...env,
  PATH: `${join(dir, '.bin')}:${join(dir, 'node_modules/.bin')}:${process.env['PATH']}`,
})

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
  if (script.trim() === '') return ''
  // A group of its own, so that what a script leaves running can be ended with it.
  const child = spawn('bash', ['-ec', script], {
    cwd: dir,
    env: environmentIn(dir, env),
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

async function makeProject(dir: string, { files = {}, programs = {}, packages = [] }: FollowOptions): Promise<void> {
  const test = 'node --test'
  await writeIn(dir, 'package.json', JSON.stringify({ private: true, type: 'module', scripts: { test } }))
  // What npx does for a package that is installed, without the second that npx takes.
  await writeIn(dir, '.bin/npx', `#!/bin/sh\nPATH="${dir}/node_modules/.bin:$PATH" exec "$@"\n`, 0o755)
  await writeIn(dir, 'node_modules/.bin/wiretape', `#!/bin/sh\nexec node "${ROOT}/dist/cli/main.js" "$@"\n`, 0o755)
  await install(dir, ['npm install wiretape', ...packages].join(' '))
  for (const [name, script] of Object.entries(programs))
    await writeIn(dir, `.bin/${name}`, `#!/bin/bash\n${script}\n`, 0o755)
  for (const [name, content] of Object.entries(files)) await writeIn(dir, name, content)
}

async function writeIn(dir: string, name: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
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
