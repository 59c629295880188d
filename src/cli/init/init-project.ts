import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { editJson } from './config-edit.ts'
import { MERGE_DRIVER, withAttributes } from './git-attributes.ts'
import { edited, KNOWN_RUNNERS, type KnownRunner, lineOf, TOLD_IN_TESTS } from './runners.ts'

/** What `init` did, or what is left for a person. */
export interface Step {
  readonly kind: 'written' | 'made' | 'unchanged' | 'by hand'
  readonly file: string
  readonly what: string
}

/** What `init` is asked for. */
export interface InitOptions {
  /** Say what would be done, and do nothing. */
  readonly isDryRun: boolean
  /** The only runner to set up. */
  readonly runner?: string | undefined
}

/** Sets up the project in a folder. Returns what was done; nothing at all if there is no runner. */
export async function initProject(dir: string, { isDryRun, runner }: InitOptions): Promise<readonly Step[]> {
  const project = await Project.read(dir, isDryRun)
  const isMeant = (name: string, isThere: boolean): boolean => (runner === undefined ? isThere : name === runner)
  const steps: Step[] = []
  for (const each of KNOWN_RUNNERS)
    if (isMeant(each.name, project.uses(each))) steps.push(await project.configure(each))
  const told = { playwright: project.usesPlaywright, 'node-test': project.usesNodeTest }
  for (const name of ['playwright', 'node-test'] as const)
    if (isMeant(name, told[name]))
      steps.push(...TOLD_IN_TESTS[name].map((what): Step => ({ kind: 'by hand', file: name, what })))
  return steps.length === 0 ? steps : [...steps, ...(await project.writeAttributes())]
}

class Project {
  readonly #dir: string
  readonly #isDryRun: boolean
  readonly #names: readonly string[]
  /** `package.json`. */
  readonly #text: string

  private constructor(dir: string, isDryRun: boolean, names: readonly string[], text: string) {
    this.#dir = dir
    this.#isDryRun = isDryRun
    this.#names = names
    this.#text = text
  }

  static async read(dir: string, isDryRun: boolean): Promise<Project> {
    const names = await readdir(dir)
    const text = names.includes('package.json') ? await readFile(join(dir, 'package.json'), 'utf8') : '{}'
    return new Project(dir, isDryRun, names, text)
  }

  get #package(): Readonly<Record<string, unknown>> {
    return Object(JSON.parse(this.#text))
  }

  /** Whether there is a configuration of the runner, or its package is asked for. */
  uses({ name, packages, configs }: KnownRunner): boolean {
    // Vite has configurations without its test runner.
    const own = configs.filter((config) => !config.startsWith('vite.'))
    return (
      packages.some((each) => this.#asksFor(each)) ||
      own.some((config) => this.#names.includes(config)) ||
      Object.hasOwn(this.#package, name)
    )
  }

  get usesPlaywright(): boolean {
    return this.#asksFor('@playwright/test')
  }

  get usesNodeTest(): boolean {
    return /\b(?:node|tsx)\b[^"]*\s--test\b/.test(JSON.stringify(this.#package['scripts'] ?? {}))
  }

  #asksFor(name: string): boolean {
    const { dependencies, devDependencies } = this.#package
    return Object.hasOwn({ ...Object(dependencies), ...Object(devDependencies) }, name)
  }

  async configure({ name, configs, setting, fresh }: KnownRunner): Promise<Step> {
    const what = lineOf(setting)
    const config = configs.find((each) => this.#names.includes(each))
    if (config === undefined && Object.hasOwn(this.#package, name)) {
      const result = editJson(this.#text, { ...setting, within: name })
      return this.#apply('package.json', `${name}: { ${what} }`, result)
    }
    if (config === undefined) {
      const [file, text] = fresh
      await this.#write(file, text)
      return { kind: 'made', file, what }
    }
    return this.#apply(config, what, edited(config, await readFile(join(this.#dir, config), 'utf8'), setting))
  }

  async #apply(file: string, what: string, result: { readonly text: string } | 'same' | 'unclear'): Promise<Step> {
    if (result === 'same') return { kind: 'unchanged', file, what }
    if (result === 'unclear') return { kind: 'by hand', file, what }
    await this.#write(file, result.text)
    return { kind: 'written', file, what }
  }

  async writeAttributes(): Promise<readonly Step[]> {
    const file = '.gitattributes'
    const what = 'cassettes are text, and shown in reviews'
    const isThere = this.#names.includes(file)
    const before = isThere ? await readFile(join(this.#dir, file), 'utf8') : ''
    const after = withAttributes(before)
    if (after === before) return [{ kind: 'unchanged', file, what }]
    await this.#write(file, after)
    return [
      { kind: isThere ? 'written' : 'made', file, what },
      { kind: 'by hand', file: 'each clone', what: `${MERGE_DRIVER} merges cassettes that two branches have changed` },
    ]
  }

  async #write(file: string, text: string): Promise<void> {
    if (!this.#isDryRun) await writeFile(join(this.#dir, file), text)
  }
}
