import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')
/** Milliseconds that npm may take for one. */
const LIMIT = 300_000
const PLATFORM = process.platform === 'win32' ? 'win' : process.platform

/** Path of a Node binary, by an npm version such as `24` or `26.10.0`; without one, the Node that runs this. */
export function nodeBinary(version: string | undefined): string {
  return version === undefined ? process.execPath : join(installNode(version), 'node')
}

/** The folder of a Node binary. The package `node` itself fetches it in an install script, which npm may not run. */
export function installNode(version: string): string {
  const prefix = join(ROOT, '.tmp', `node-${version}`)
  const name = `node-${PLATFORM}-${process.arch}`
  const bin = join(prefix, 'node_modules', name, 'bin')
  if (!existsSync(bin)) {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
    const args = ['install', '--no-save', '--prefix', prefix, `${name}@${version}`]
    const { status, signal } = spawnSync(npm, args, { stdio: 'inherit', timeout: LIMIT })
    if (signal !== null) throw new Error(`npm did not give ${name}@${version} in ${LIMIT / 1000} s`)
    if (status !== 0) throw new Error(`npm has no ${name}@${version}`)
  }
  return bin
}
