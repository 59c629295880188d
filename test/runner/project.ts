import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { filesIn } from '../helpers/files-in.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')

/** How a run of tests ended. */
export interface RunResult {
  readonly code: number
  /** Standard output and standard error. */
  readonly output: string
}

/** A project of somebody who uses a test runner, with this package installed in it. */
export class Project {
  readonly dir: string

  private constructor(dir: string) {
    this.dir = dir
  }

  /** @param files their contents by their paths. */
  static async create(files: Readonly<Record<string, string>>): Promise<Project> {
    const project = new Project(await mkdtemp(join(tmpdir(), 'wiretape-project-')))
    await project.write(files)
    await install(join(project.dir, 'node_modules'))
    return project
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.dir, name)), { recursive: true })
      await writeFile(join(this.dir, name), text)
    }
  }

  /** Runs Node with these arguments in it. */
  run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<RunResult> {
    const { PATH = '', HOME = '' } = process.env
    // Nothing of the runner that runs this.
    const options = { cwd: this.dir, env: { PATH, HOME, ...env }, maxBuffer: 1 << 26 }
    return new Promise((settle) => {
      execFile(process.execPath, args, options, (error, stdout, stderr) => {
        const code: unknown = error === null ? 0 : error.code
        settle({ code: typeof code === 'number' ? code : -1, output: `${stdout}\n${stderr}` })
      })
    })
  }

  /** The texts of its cassettes by their paths. */
  async cassettes(): Promise<Readonly<Record<string, string>>> {
    const names = (await filesIn(this.dir, '.yaml')).filter((name) => !name.startsWith('node_modules'))
    const texts = await Promise.all(names.map((name) => readFile(join(this.dir, name), 'utf8')))
    return Object.fromEntries(names.map((name, at) => [name, texts[at] ?? '']))
  }

  /** The contents of the JSON files in a folder, by their names. */
  async notes(dir: string): Promise<Readonly<Record<string, unknown>>> {
    const names = await readdir(dir)
    const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')))
    return Object.fromEntries(names.map((name, at) => [name.replace('.json', ''), JSON.parse(texts[at] ?? '')]))
  }

  read(name: string): Promise<string> {
    return readFile(join(this.dir, name), 'utf8')
  }

  remove(name: string): Promise<void> {
    return rm(join(this.dir, name), { recursive: true, force: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.dir, { recursive: true })
  }
}

/** As a package manager does it: a copy of this package, as runners treat what is linked in another way. */
async function install(modules: string): Promise<void> {
  const own = join(modules, 'wiretape')
  await mkdir(own, { recursive: true })
  await cp(join(ROOT, 'dist'), join(own, 'dist'), { recursive: true, filter: (path) => !path.endsWith('.map') })
  await cp(join(ROOT, 'package.json'), join(own, 'package.json'))
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    const [from, to] = [join(ROOT, 'node_modules', name), join(modules, name)]
    // Mocha looks for what it requires beside the place where it really is.
    if (name === 'mocha') await cp(from, to, { recursive: true })
    else if (!name.startsWith('.')) await symlink(from, to)
  }
}
