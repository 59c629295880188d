import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { playScenes, steady } from '../../scripts/pictures/scenes.ts'
import { linesOfSvg, terminalSvg, wrapped } from '../../scripts/pictures/terminal-svg.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'

const PICTURES = resolve(import.meta.dirname, '../../docs/pictures')

test('the pictures of terminals show what the commands print today', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  test.slow()
  const scenes = await playScenes()
  expect(scenes.length).toBe(3)
  for (const { name, lines } of scenes) {
    const shown = linesOfSvg(await readFile(resolve(PICTURES, `${name}.svg`), 'utf8'))
    expect(shown.map(steady), `${name}.svg is old: npm run pictures`).toEqual(lines.flatMap(wrapped).map(steady))
  }
})

test('a picture keeps the text, with its colours, and runs nothing', () => {
  const svg = terminalSvg(['\u001b[32m200 <OK>\u001b[39m "a" & b', 'x'.repeat(150)], 'a "title"')
  expect(linesOfSvg(svg)).toEqual(['200 <OK> "a" & b', 'x'.repeat(110), 'x'.repeat(40)])
  expect(svg).toContain('<tspan fill="#8bd58b">200 &lt;OK&gt;</tspan>')
  expect(svg).not.toMatch(/<script|href/)
  expect(svg).not.toContain('\u001b')
})
