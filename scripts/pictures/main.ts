/** `npm run pictures`: runs our commands and draws what a terminal shows, into `docs/pictures`. A test compares the text with a run of its own. */
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { playScenes } from './scenes.ts'
import { terminalSvg } from './terminal-svg.ts'

const PICTURES = resolve(import.meta.dirname, '../../docs/pictures')

for (const { name, title, lines } of await playScenes()) {
  await writeFile(join(PICTURES, `${name}.svg`), terminalSvg(lines, title))
  console.log(`docs/pictures/${name}.svg: ${lines.length} lines`)
}
