import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump, load } from 'js-yaml'
import { format } from 'prettier'
import { parse, stringify } from 'yaml'

/** A change of a file between recording and replaying. */
export interface Transformer {
  /** Returns the changed files, in order; the same text if the transformer failed on a file. */
  readonly rewrite: (texts: readonly string[]) => Promise<readonly string[]>
  /** Why it cannot run here, such as `needs git`. Default: it can. */
  readonly missing?: () => string | undefined
}

const each = (rewrite: (text: string) => string): Transformer => ({ rewrite: async (texts) => texts.map(rewrite) })

export const TRANSFORMERS: Readonly<Record<string, Transformer>> = {
  'as it was written': each((text) => text),
  'git with autocrlf': { rewrite: async (texts) => throughGit(texts), missing: () => missing('git', ['--version']) },
  'CRLF line ends': each((text) => text.replaceAll('\n', '\r\n')),
  'a byte order mark': each((text) => `\ufeff${text}`),
  'trailing blanks stripped': each((text) => text.replaceAll(/[ \t]+$/gm, '')),
  'one line end at the end': each((text) => `${text.trimEnd()}\n`),
  'comments added': each((text) =>
    text
      .replaceAll(/^ {2}- (?=open|via|end|close|saved)/gm, '  # a note\n  - ')
      .replaceAll(/^ {4}at: .*/gm, '$& # seen'),
  ),
  'comments removed': each((text) => text.replaceAll(/^(?: {2})?#.*\n/gm, '')),
  'keys in another order': each((text) =>
    text
      .replace(/^(wiretape: 1\n)(recorded: .*\n)/m, '$2$1')
      .replaceAll(/^ {2}- (\w+: .*)\n {4}(\w+: .*)\n/gm, '  - $2\n    $1\n'),
  ),
  'tabs for indentation': each((text) => text.replaceAll(/^(?: {2})+/gm, (blanks) => '\t'.repeat(blanks.length / 2))),
  'tabs behind colons': each((text) => text.replaceAll(/^( {4}at:) /gm, '$1\t')),
  prettier: { rewrite: (texts) => Promise.all(texts.map((text) => format(text, { parser: 'yaml' }))) },
  'parsed and written by yaml': each((text) => stringify(parse(text))),
  'parsed and written by js-yaml': each((text) => dump(load(text))),
  'parsed and written by js-yaml, in flow style': each((text) => dump(load(text), { flowLevel: 2 })),
  'parsed, and written as JSON': each((text) => JSON.stringify(load(text), undefined, 2)),
  'parsed and written by PyYAML': {
    rewrite: async (texts) => throughPyYaml(texts),
    missing: () => missing(PYTHON, ['-c', 'import yaml']),
  },
}

/** Debian's own has PyYAML; another one on the path may not. */
const PYTHON = process.platform === 'linux' ? '/usr/bin/python3' : 'python3'

function missing(program: string, args: readonly string[]): string | undefined {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return undefined
  } catch {
    return `needs ${program === 'git' ? 'git' : 'python3 with PyYAML'}`
  }
}

/** Commits the files in a repository, and checks them out again as on Windows. */
function throughGit(texts: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'wiretape-git-'))
  const git = (...args: readonly string[]): void => {
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@b.c', '-c', 'core.autocrlf=true', '-c', 'core.safecrlf=false']
    execFileSync('git', [...who, '-c', 'commit.gpgsign=false', ...args], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  }
  const pathOf = (index: number): string => join(folder, `${index}.yaml`)
  try {
    git('init', '--quiet')
    for (const [index, text] of texts.entries()) writeFileSync(pathOf(index), text)
    git('add', '.')
    git('commit', '--quiet', '--no-verify', '--message=cassettes')
    for (const index of texts.keys()) rmSync(pathOf(index))
    git('checkout', '--', '.')
    return texts.map((_, index) => readFileSync(pathOf(index), 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const PROGRAM = `
import json, sys, yaml
loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
dumper = getattr(yaml, 'CSafeDumper', yaml.SafeDumper)
json.dump([yaml.dump(yaml.load(text, loader), Dumper=dumper, sort_keys=False) for text in json.load(sys.stdin)], sys.stdout)
`

function throughPyYaml(texts: readonly string[]): readonly string[] {
  const options = { input: JSON.stringify(texts), encoding: 'utf8', maxBuffer: 2 ** 30 } as const
  const rewritten: readonly string[] = JSON.parse(execFileSync(PYTHON, ['-c', PROGRAM], options))
  return rewritten
}
