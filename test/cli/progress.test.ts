import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import { conversation, get, ok } from '../inspection/wire.ts'
import { temporaryFolder } from '../inspection/files.ts'
import { CLI } from './run-cli.ts'

/** Runs a command on a terminal of so many columns, and prints what the terminal got. */
const ON_A_TERMINAL = `
import fcntl, os, pty, struct, sys, termios
columns, command = int(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    os.execv(command[0], command)
got = b''
while len(got) < 1000000:
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    got += part
else:
    os.kill(pid, 9)
sys.stdout.buffer.write(got)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

const hasPython = spawnSync('python3', ['-c', 'import pty']).status === 0

test.describe('progress on a terminal', () => {
  test.skip(!hasPython, 'needs python3 for a terminal')

  for (const [columns, what] of [
    [0, 'without columns is told in plain lines, and ends'],
    [80, 'is a moving line'],
  ] as const)
    test(what, async () => {
      await using folder = await temporaryFolder()
      for (let index = 0; index < 30; index++)
        await folder.save(`${index}.yaml`, conversation([get(`/${index}`), ok('a')]))
      const args = ['-c', ON_A_TERMINAL, String(columns), process.execPath, CLI, 'check', '.']
      const { stdout } = await promisify(execFile)('python3', args, { cwd: folder.path, timeout: 30_000 })
      expect(stdout).toContain('30 cassettes')
      const lines = stdout.match(/checking \d+ of 30\r\n/g) ?? []
      if (columns === 0) expect(lines.length).toBeGreaterThan(3)
      else expect(lines).toEqual([])
      if (columns === 0) expect(stdout).not.toContain('\x1b[?25l')
    })
})
