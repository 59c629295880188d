import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'

const ROOT = resolve(import.meta.dirname, '../..')

/** A folder outside the repository in which the package is installed from its tarball. */
export interface Project {
  readonly dir: string
  write(name: string, content: string): Promise<void>
  /** Runs a program in the folder. @throws Error with its output if it fails. */
  run(program: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string>
}

export async function createProject(tarball: string): Promise<Project> {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-project-'))
  const project: Project = {
    dir,
    write: (name, content) => writeFile(join(dir, name), content),
    run: (program, args, env = {}) => runIn(dir, program, args, env),
  }
  await project.write('package.json', JSON.stringify({ private: true, type: 'module' }))
  const { devDependencies } = Object(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')))
  const others = ['@playwright/test', '@types/node', 'typescript'].map((name) => `${name}@${devDependencies[name]}`)
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts']
  await project.run('npm', ['install', ...flags, tarball, ...others])
  return project
}

/** Environment variables for recording and for other runners, which must not reach the project. */
const isMeant = ([key]: readonly [string, unknown]): boolean => !/^(?:PW|PLAYWRIGHT|TEST_|CI$|WIRETAPE_|npm_)/.test(key)

export const cleanEnvironment = (): NodeJS.ProcessEnv => Object.fromEntries(Object.entries(process.env).filter(isMeant))

/** Runs a program in a folder, without the recording variables of this environment. @throws Error with its output if it fails. */
export async function runIn(
  dir: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const child = spawn(program, args, {
    cwd: dir,
    env: { ...cleanEnvironment(), ...env },
    shell: process.platform === 'win32',
  })
  const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}\n${out}${errors}`)
  return out + errors
}
