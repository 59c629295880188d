/** Tries programs in every language that is installed, recorded and played by the proxy and by `wiretape run`, and prints a table. */
import { lacks, PROGRAMS, tryHttp2Only, tryProgram } from './languages.ts'

let failures = 0

async function outcome(program: (typeof PROGRAMS)[number], way: 'proxy' | 'run'): Promise<string> {
  const result = await tryProgram(program, way)
  if (result === 'SAME') return result
  failures += 1
  process.stderr.write(`${program.name}, ${way}: ${result}\n`)
  return 'differs'
}

process.stdout.write('| program | `wiretape proxy` | `wiretape run` |\n| --- | --- | --- |\n')
for (const program of PROGRAMS) {
  const missing = lacks(program)
  const cells =
    missing === undefined
      ? [await outcome(program, 'proxy'), await outcome(program, 'run')]
      : [`not installed: ${missing}`, '']
  process.stdout.write(`| ${program.name} | ${cells.join(' | ')} |\n`)
}
const { code, stderr } = await tryHttp2Only()
const isRefused = code !== 0 && /HTTP\/2/.test(stderr)
if (!isRefused) failures += 1
process.stdout.write(`| a client of HTTP/2 alone | | ${isRefused ? 'refused with words' : `exit code ${code}`} |\n`)
process.exitCode = failures === 0 ? 0 : 1
