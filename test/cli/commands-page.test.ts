import { readFile } from 'node:fs/promises'
import { expect, test } from '../helpers/test.ts'
import { runCli } from './run-cli.ts'
import { every } from '../helpers/share.ts'

const page = new URL('../../docs/commands.md', import.meta.url)

test('docs/commands.md holds the help of each command, word for word, and of no other', async () => {
  const cwd = process.cwd()
  const { stdout } = await runCli(['--help'], { cwd })
  const listed = /\nCommands:\n([^]*?)\n\n/.exec(stdout)?.[1] ?? ''
  const names = Array.from(listed.matchAll(/^ {2}([a-z]+)/gm), ([, name = '']) => name).filter(
    (name) => name !== 'help',
  )
  expect(names.length).toBeGreaterThan(5)

  const text = await readFile(page, 'utf8')
  const sections = text.split(/^## /m).slice(1)
  expect(sections.map((section) => section.split('\n')[0])).toEqual([
    'wiretape',
    ...names.map((name) => `wiretape ${name}`),
  ])
  for (const [place, args] of every(4, [...[[], ...names.map((name) => [name])].entries()])) {
    const help = await runCli([...args, '--help'], { cwd })
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout, 'every command gives its exit codes').toContain('\nExit codes:\n')
    expect(help.stdout, 'every command gives an example').toContain('\nExamples:\n')
    expect(sections[place]).toContain(`\`\`\`\n${help.stdout.trim()}\n\`\`\`\n`)
  }
})
