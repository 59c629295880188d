/**
 * `npm run clients -- 20 22 24 26`: clients from npm, unchanged, by themselves, recorded, and replayed with their servers gone.
 *
 * A line for each client and version of Node. `--only NAME` (may be repeated) takes only clients whose names begin so, `--replays N` replays each
 * so often, `--markdown` prints the table of `docs/your-app-unchanged.md`. Where a client says a value that may be changed, it is changed once, and the
 * miss has to name it. Ends with 1 if something was not the same. Every wait has a limit: a client that does not start, or does not end, is
 * a line that says why.
 */
import { spawnSync } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { nodeBinary } from '../install/nodes.ts'
import { type Client, CLIENTS } from './clients.ts'
import { play, type Played } from './play.ts'
import { addModule, canIsolate, installPrograms } from './programs.ts'
import { isGood, lineOf, markdownTable, type Row } from './table.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', multiple: true },
    markdown: { type: 'boolean' },
    replays: { type: 'string', default: '1' },
  },
})

const programs = installPrograms()
addModule(programs, 'socket-scenes.mjs', resolve(import.meta.dirname, '../../test/websocket/clients/scenes.ts'))
const { only = [], markdown = false } = values
const clients = CLIENTS.filter(({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)))
const note = canIsolate ? 'replays have no network but loopback (unshare -rn)' : 'unshare -rn is not possible here'
console.error(`${clients.length} clients; ${note}`)

const rows: Row[] = []
for (const version of positionals.length === 0 ? [undefined] : positionals) {
  const node = installed(version)
  for (const client of clients) {
    const row: Row = { client: client.name, node: node.version, played: await played(node, client) }
    rows.push(row)
    console.error(lineOf(row))
    if (!Array.isArray(row.played)) continue
    for (const { details } of row.played) for (const detail of details) console.error(`    ${detail}`)
  }
}
if (markdown) console.log(markdownTable(rows))
// Not only its code: a server that has not stopped in time would keep the process.
process.exit(rows.every(isGood) ? 0 : 1)

interface InstalledNode {
  /** The folder of the binary; or why there is none. */
  readonly bin: string | Error
  readonly version: string
}

function installed(version: string | undefined): InstalledNode {
  try {
    const binary = nodeBinary(version)
    const { stdout } = spawnSync(binary, ['-p', 'process.versions.node'], { encoding: 'utf8' })
    return { bin: dirname(binary), version: stdout.trim() }
  } catch (error) {
    return { bin: error instanceof Error ? error : new Error(String(error)), version: String(version) }
  }
}

/** A client that cannot be tried says why; the others are tried nevertheless. */
async function played({ bin, version }: InstalledNode, client: Client): Promise<Row['played']> {
  if (bin instanceof Error) return bin.message
  if (Number.parseInt(version, 10) < (client.since ?? 20)) return undefined
  return playAll(bin, client).catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
}

/** One after another; `undefined` if no server for it is installed. */
async function playAll(bin: string, client: Client): Promise<readonly Played[] | undefined> {
  const all: Played[] = []
  for (const [name, open] of Object.entries(client.scenes)) {
    if (open === undefined) console.error(`${client.name}: skipped, ${name} is not installed`)
    else all.push(await play(bin, programs, client, open, Number(values.replays)))
  }
  return all.length === 0 ? undefined : all
}
