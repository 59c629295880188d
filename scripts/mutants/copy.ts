import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { transform } from 'esbuild'

export const ROOT = resolve(import.meta.dirname, '../..')
export interface Run {
  readonly status: 'passed' | 'failed' | 'cut'
  readonly output: string
}

/** A folder in which the tests run as they do in the checkout, and in which files are changed. */
export class Copy {
  readonly path = newFolder()
  /** Where changed sources read and write. */
  readonly notes = join(this.path, 'notes')

  constructor() {
    const listed = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    const files = listed.stdout.split('\n').filter((name) => name !== '' && existsSync(join(ROOT, name)))
    for (const name of [...files, 'dist', 'build']) cpSync(join(ROOT, name), join(this.path, name), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(this.path, 'node_modules'))
    mkdirSync(this.notes)
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }

  read(file: string): string {
    return readFileSync(join(this.path, file), 'utf8')
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.path, file), text)
  }

  /** Writes files of `src`, by their paths from there, and does the same as `npm run build` but for checking types. */
  async build(sources: ReadonlyMap<string, string>): Promise<void> {
    for (const [file, source] of sources) {
      this.write(`src/${file}`, source)
      const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'node20.19' })
      const built = code
        .replaceAll(/((?:from |import\()"\.[^"]+)\.ts"/g, '$1.js"')
        .replaceAll(/^(import "\.[^"]+)\.ts"/gm, '$1.js"')
      this.write(`build/${file.replace(/\.ts$/, '.js')}`, built)
    }
    const { status } = await this.run(['--import', 'tsx', 'scripts/build/bundle.ts'], 240_000)
    if (status !== 'passed') throw new Error(`the copy in ${this.path} cannot be built`)
  }

  /** Whether all of `src` passes the checks of types with these files in it, which are put back afterwards. */
  async compiles(sources: ReadonlyMap<string, string>): Promise<boolean> {
    const before = [...sources.keys()].map((file) => [file, this.read(`src/${file}`)] as const)
    for (const [file, source] of sources) this.write(`src/${file}`, source)
    const run = await this.run(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noEmit'], 240_000)
    for (const [file, source] of before) this.write(`src/${file}`, source)
    return run.status !== 'failed'
  }

  /** Runs test files, or places in them, with options of the runner. */
  test(tests: readonly string[], options: readonly string[], limit: number, more: More = {}): Promise<Run> {
    const places = tests.map((test) => (/:\d+$/.test(test) ? test : `${test}$`).replaceAll('.', String.raw`\.`))
    const cli = 'node_modules/@playwright/test/cli.js'
    return this.run([cli, 'test', '--workers=1', '--retries=0', ...options, ...places], limit, more)
  }

  /** Runs Node for at most `limit` milliseconds. */
  run(args: readonly string[], limit: number, { env, signal }: More = {}): Promise<Run> {
    return new Promise((done) => {
      const options = { cwd: this.path, env: { ...process.env, ...env }, detached: true } as const
      const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] })
      let [output, isCut] = ['', false]
      child.stdout.on('data', (text: Buffer) => (output += text.toString()))
      const cut = (): void => {
        isCut = true
        killGroup(child.pid)
      }
      const timer = setTimeout(cut, limit)
      signal?.addEventListener('abort', cut)
      // What a test has started may outlive it, in a loop that the mutant does not end; it holds the output open.
      child.on('exit', () => killGroup(child.pid))
      child.on('close', (code) => {
        clearTimeout(timer)
        done({ status: code === 0 ? 'passed' : isCut ? 'cut' : 'failed', output })
      })
    })
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // All of them have ended.
  }
}

/** Of the same name each time if it can be: the runner keeps what it has compiled, by the paths of files. */
function newFolder(): string {
  for (let number = 1; ; number += 1) {
    const path = join(tmpdir(), `wiretape-mutants-${number}`)
    if (existsSync(path)) continue
    mkdirSync(path)
    return path
  }
}

interface More {
  readonly env?: Readonly<Record<string, string>>
  /** Ends the run before its limit. */
  readonly signal?: AbortSignal
}
