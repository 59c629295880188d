/**
 * `npm run rooms`: the folders of `src` with their sizes, circles of imports, and imports that the table of layers does not allow.
 * With `--table` it prints that table as ARCHITECTURE.md has it.
 */
import { arrowsUp, LAYERS, rowOf, strayImports } from './layers.ts'
import { circlesIn, readImports, roomGraph, roomSizes } from './graph.ts'

if (process.argv.includes('--table')) {
  console.log(LAYERS.map(rowOf).join('\n'))
} else {
  const imports = readImports()
  const sizes = roomSizes(imports.keys())
  const total = sizes.reduce((sum, { lines }) => sum + lines, 0)
  for (const { room, lines } of sizes)
    console.log(`${String(lines).padStart(6)} ${((100 * lines) / total).toFixed(1).padStart(5)} %  ${room}`)
  const found = {
    'circles of files': circlesIn(imports).map((each) => each.join(' <-> ')),
    'circles of rooms': circlesIn(roomGraph(imports)).map((each) => each.join(' <-> ')),
    'arrows up in the table': arrowsUp(),
    'imports beside the table': [...imports].flatMap(([file, targets]) =>
      strayImports(file, targets).map((stray) => `${file} -> ${stray}`),
    ),
  }
  console.log(`\n${total} lines in ${sizes.filter(({ room }) => !room.endsWith('.ts')).length} rooms`)
  for (const [what, places] of Object.entries(found))
    console.log([`${places.length} ${what}`, ...places.map((place) => `  ${place}`)].join('\n'))
  process.exitCode = Object.values(found).some((places) => places.length > 0) ? 1 : 0
}
