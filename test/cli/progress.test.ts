import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '../helpers/test.ts'
import { every } from '../helpers/share.ts'
import { interactionsOf, loadCassette } from 'wiretape/cassette'
import { conversation, get, ok } from '../inspection/wire.ts'
import { temporaryFolder } from '../inspection/files.ts'
import { CLI, serve } from './run-cli.ts'
import { hasProgram } from '../helpers/programs.ts'

/**
 * Runs a command on a terminal of so many columns, and prints what the terminal got, and how the command ended.
 *
 * It sends SIGTERM once the terminal got a marker, if there is one.
 */
const ON_A_TERMINAL = `
import fcntl, os, pty, signal, struct, sys, termios
columns, marker, command = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3:]
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
    if marker and marker in got:
        os.kill(pid, signal.SIGTERM)
        marker = b''
else:
    os.kill(pid, 9)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.buffer.write(got + b'exit %d' % code)
`

const hasPython = hasProgram('python3')

test.describe('progress on a terminal', () => {
  test.skip(!hasPython, 'needs python3 for a terminal')

  for (const [columns, what] of [
    [0, 'without columns is reported in plain lines, and ends'],
    [80, 'is a moving line'],
  ] as const)
    test(what, async () => {
      await using folder = await temporaryFolder()
      for (let index = 0; index < 30; index++)
        await folder.save(`${index}.yaml`, conversation([get(`/${index}`), ok('a')]))
      const stdout = await onTerminal(columns, '', ['check', '.'], folder.path)
      expect(stdout).toMatch(/exit 0$/)
      expect(stdout).toContain('30 cassettes')
      const lines = stdout.match(/checking \d+ of 30\r\n/g) ?? []
      if (columns === 0) expect(lines.length).toBeGreaterThan(3)
      else expect(lines).toEqual([])
      if (columns === 0) expect(stdout).not.toContain('\x1b[?25l')
    })

  for (const columns of every(2, [0, 80])) {
    test(`SIGTERM ends check on ${columns} columns`, async () => {
      await using folder = await temporaryFolder()
      for (let index = 0; index < 400; index++)
        await folder.save(`${index}.yaml`, conversation([get(`/${index}`), ok('a')]))
      const stdout = await onTerminal(columns, ' of 400', ['check', '.'], folder.path)
      expect(stdout).not.toContain('400 cassettes')
      // Without a handler the signal itself ends it, which Python reports as a negative number.
      expect(stdout).toMatch(/exit (?:-15|143)$/)
    })

    test(`SIGTERM ends record on ${columns} columns, and what there is gets saved`, async () => {
      await using folder = await temporaryFolder()
      await using server = await serve((socket) => {
        if (server.received.length <= 8) socket.write('HTTP/1.1 204 No Content\r\n\r\n')
      })
      const args = ['record', server.url, '--repeat', '30', '-o', 'it.yaml']
      const stdout = await onTerminal(columns, ' of 30', args, folder.path)
      expect(stdout).toMatch(/exit 143$/)
      expect(interactionsOf(await loadCassette(path.join(folder.path, 'it.yaml')))).not.toEqual([])
    })
  }
})

async function onTerminal(columns: number, marker: string, args: readonly string[], cwd: string): Promise<string> {
  const command = ['-c', ON_A_TERMINAL, String(columns), marker, process.execPath, CLI, ...args]
  return (await promisify(execFile)('python3', command, { cwd, timeout: 30_000 })).stdout
}
