import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const ROOT = resolve(import.meta.dirname, '../..')

export interface Tarball {
  readonly path: string
  /** Bytes of the tarball. */
  readonly size: number
  /** Bytes of all files in it. */
  readonly unpackedSize: number
  readonly files: readonly string[]
}

export async function pack(): Promise<Tarball> {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--ignore-scripts'], { cwd: ROOT })
  // npm 11 lists the packages by name, earlier versions in an array.
  const given = Object(JSON.parse(stdout))
  const packed = Array.isArray(given) ? given[0] : Object.values(given)[0]
  const files = packed.files.map(({ path }: { path: string }) => path)
  return { path: join(ROOT, packed.filename), size: packed.size, unpackedSize: packed.unpackedSize, files }
}

/** The files that users need: code with its types, docs, and the usual pages of a package. */
const WANTED =
  /^(?:dist\/.*\.(?:js|cjs|d\.ts|d\.cts|json)|docs\/.*\.(?:md|png|svg)|examples\/.*\.(?:ts|mjs|cjs|js|json|yaml)|schema\/.*\.json|package\.json|(?:ARCHITECTURE|CHANGELOG|CONTRIBUTING|README|SECURITY)\.md|LICENSE)$/

export async function checkContents({ files, size, unpackedSize }: Tarball): Promise<string> {
  const strangers = files.filter((file) => !WANTED.test(file))
  if (strangers.length > 0) throw new Error(`nobody needs ${strangers.join(', ')}`)
  for (const needed of ['dist/index.js', 'dist/index.d.ts', 'dist/cli/main.js', 'README.md', 'LICENSE', 'CHANGELOG.md'])
    if (!files.includes(needed)) throw new Error(`${needed} is missing`)
  return `${files.length} files, ${kilobytes(size)} packed, ${kilobytes(unpackedSize)} unpacked`
}

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)} KB`
