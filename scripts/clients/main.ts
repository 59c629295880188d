/**
 * `npm run clients -- 20 22 24 26`: clients from npm, unchanged, by themselves, recorded, and replayed with their servers gone.
 *
 * A line for each client and version of Node. `--only NAME` (may be repeated) takes only clients whose names begin so, `--markdown` prints the table
 * of `docs/your-app-unchanged.md`. Ends with 1 if something was not the same.
 */
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { nodeBinary } from '../install/nodes.ts'
import { type Client, CLIENTS } from './clients.ts'
import { play, type Played } from './play.ts'
import { canIsolate, installPrograms } from './programs.ts'
import { lineOf, markdownTable, type Row } from './table.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', multiple: true }, markdown: { type: 'boolean' } },
})

const programs = installPrograms()
const { only = [], markdown = false } = values
const clients = CLIENTS.filter(({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)))
const note = canIsolate ? 'replays have no network but loopback (unshare -rn)' : 'unshare -rn is not possible here'
console.error(`${clients.length} clients; ${note}`)

const rows: Row[] = []
for (const version of positionals.length === 0 ? [undefined] : positionals) {
  const node = nodeBinary(version)
  const { stdout: name } = spawnSync(node, ['--version'], { encoding: 'utf8' })
  for (const client of clients) {
    const row = { client: client.name, node: name.trim().slice(1), played: await playAll(dirname(node), client) }
    rows.push(row)
    console.error(lineOf(row))
    for (const { details } of row.played ?? []) for (const detail of details) console.error(`    ${detail}`)
  }
}
if (markdown) console.log(markdownTable(rows))
const isWrong = ({ isRecordedSame, isReplayedSame, bytesApart }: Played): boolean =>
  !isRecordedSame || !isReplayedSame || (bytesApart ?? 0) > 0
process.exitCode = rows.some(({ played }) => played?.some(isWrong)) ? 1 : 0

/** One after another: `undefined` if this version of the client is not for this Node. */
async function playAll(bin: string, client: Client): Promise<readonly Played[] | undefined> {
  const { stdout } = spawnSync(join(bin, 'node'), ['-p', 'process.versions.node'], { encoding: 'utf8' })
  if (Number.parseInt(stdout, 10) < (client.since ?? 20)) return undefined
  const all: Played[] = []
  for (const [name, open] of Object.entries(client.scenes)) {
    if (open === undefined) console.error(`${client.name}: skipped, ${name} is not installed`)
    else all.push(await play(bin, programs, client, open))
  }
  return all.length === 0 ? undefined : all
}
