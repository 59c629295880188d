/**
 * `npm run comparison`: each tool records the same server, and replays with the server gone; the table says what the client then sees.
 *
 * `--only NAME` (may be repeated) takes only tools whose names begin so, `--details` prints what each client saw. Tools that are not installed are
 * named and left out (Debian: python3-vcr, ruby-vcr, ruby-webmock, mitmproxy, chromium). Prints the table of `docs/comparison.md`.
 */
import { parseArgs } from 'node:util'
import { type Found, tryOut } from './experiment.ts'
import { table } from './rows.ts'
import { ALL_TOOLS, type Tool } from './tools.ts'

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, details: { type: 'boolean' } },
})
const { only = [], details = false } = values

const all: [Tool, Found][] = []
for (const tool of ALL_TOOLS.filter(({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)))) {
  if (tool.version === undefined) {
    console.error(`${tool.name}: not installed, left out`)
    continue
  }
  const found = await tryOut(tool)
  all.push([tool, found])
  console.error(`${tool.name} ${tool.version}: tried`)
  if (details) console.error(JSON.stringify(found, undefined, 2))
}
console.log(table(all))
