import { spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from '../helpers/test.ts'
import { finish } from '../cli/run-cli.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

test.describe('npm run demo', () => {
  test('replays every exchange as it was live, with the server gone, and ends by itself', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const { FORCE_COLOR: _, ...env } = process.env
    // What the command tsx starts, without the process of the command.
    const args = ['--import', import.meta.resolve('tsx'), 'demo/demo.ts']
    const demo = await finish(spawn(process.execPath, args, { cwd: ROOT, env }))

    expect(demo).toMatchObject({ code: 0, stderr: '' })
    expect(demo.stdout).toContain('its port now answers ECONNREFUSED')
    expect(demo.stdout).toMatch(/^replay {4}offline, 0 connects, 0 look-ups, \d+ ms$/m)

    const rows = demo.stdout.split('\n').filter((line) => / \| (?:same|DIFFERENT)$/.test(line))
    expect(rows.length).toBeGreaterThanOrEqual(14)
    for (const row of rows) expect(row).toMatch(/ \| same$/)
    expect(rows.join('\n')).toMatch(/^103 before 200 +\| 103, 200 OK, 15 bytes/m)
    expect(rows.join('\n')).toMatch(/^POST, Expect: 100-continue +\| 100, 201 Created, 23 bytes/m)
    expect(rows.join('\n')).toMatch(/^1 MiB of binary +\| 200 OK, 1,048,576 bytes/m)
    expect(rows.join('\n')).toMatch(/^reset inside a body +\| 200 OK, 39 bytes, ECONNRESET/m)

    expect(demo.stdout).toMatch(/^unchanged wiretape run -- node demo\/unchanged-app\.mjs, servers asked 5 times, /m)
    expect(demo.stdout).toMatch(/^replay {4}servers ended, the same output, /m)

    const [, file = '', size = ''] = /^cassette {2}(\S+), ([\d,]+) bytes, 2 connections, /m.exec(demo.stdout) ?? []
    expect((await stat(`${ROOT}/${file}`)).size).toBe(Number(size.replaceAll(',', '')))
  })
})
