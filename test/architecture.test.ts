import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from '@playwright/test'

/**
 * Who may import whom, lowest layer first. A folder may always import itself. ARCHITECTURE.md shows the same table.
 *
 * A `!` takes back what a folder's entry allowed.
 */
// oxfmt-ignore
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'errors.ts':       [],
  'version.ts':      [],
  'transport.ts':    [],
  'clock.ts':        [],
  'http1':           ['errors.ts'],
  'client':          ['errors.ts', 'clock.ts', 'transport.ts', 'http1', 'node:net', 'node:tls', 'node:stream', 'node:zlib'],
  'cassette':        ['errors.ts', 'transport.ts', 'http1', '!http1/response-parser.ts', 'yaml', 'diff', 'node:fs', 'node:fs/promises', 'node:path', 'node:crypto', 'node:zlib', 'node:module', 'node:buffer', 'node:os', 'node:worker_threads', 'node:vm'],
  'recorder':        ['errors.ts', 'transport.ts', 'version.ts', 'cassette'],
  'replay':          ['errors.ts', 'clock.ts', 'transport.ts', 'cassette', 'http1', '!http1/response-parser.ts', 'node:util'],
  'serve':           ['errors.ts', 'transport.ts', 'http1', '!http1/response-parser.ts', 'cassette', 'replay', 'client/socket-transport.ts', 'node:net', 'node:tls', 'node:crypto'],
  'torture':         ['errors.ts', 'clock.ts', 'transport.ts', 'cassette', 'client', 'replay', 'node:util'],
  'record-mode.ts':  ['errors.ts'],
  'cassette-plan.ts': ['errors.ts', 'record-mode.ts', 'cassette'],
  'use-cassette.ts': ['record-mode.ts', 'cassette-plan.ts', 'transport.ts', 'cassette', 'client', 'recorder', 'replay'],
  'report':          ['errors.ts', 'cassette', 'http1', '!http1/response-parser.ts', 'node:buffer', 'node:crypto'],
  'msw':             ['index.ts', 'cassette', 'msw', 'node:buffer'],
  'generate':        ['errors.ts', 'version.ts', 'cassette', 'http1', '!http1/response-parser.ts', 'msw', 'quicktype-core', 'node:buffer'],
  'import':          ['errors.ts', 'version.ts', 'transport.ts', 'cassette', 'http1', '!http1/response-parser.ts', 'yaml'],
  'verify':          ['errors.ts', 'transport.ts', 'http1', '!http1/response-parser.ts', 'cassette', 'client', 'recorder', 'replay/miss', 'report'],
  'index.ts':        ['verify', 'errors.ts', 'clock.ts', 'transport.ts', 'version.ts', 'http1', 'client', 'cassette', 'recorder', 'replay', 'serve', 'torture', 'record-mode.ts', 'cassette-plan.ts', 'use-cassette.ts'],
  'cli':             ['index.ts', 'transport.ts', 'import', 'generate', 'report', 'commander', 'ora', 'node:fs', 'node:fs/promises', 'node:path', 'node:util', 'node:process', 'node:buffer', 'node:crypto', 'node:child_process', 'node:events', 'node:os'],
  'playwright':      ['index.ts', 'report', '@playwright/test', 'node:fs', 'node:path', 'node:crypto'],
}

const SRC = resolve(import.meta.dirname, '../src')
const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

test.describe('imports point downwards', () => {
  test('in every file', () => {
    const strays = FILES.map((file) => [file, strayImports(file, readFileSync(join(SRC, file), 'utf8'))] as const)
    expect(strays.filter(([, imports]) => imports.length > 0)).toEqual([])
  })

  // The table is worth nothing if a forbidden import passes it.
  const FORBIDDEN: readonly (readonly [file: string, text: string])[] = [
    ['http1/framing.ts', "import { connect } from 'node:net'"],
    ['http1/framing.ts', "import type { Transport } from '../transport.ts'"],
    ['client/wire.ts', "import { Recorder } from '../recorder/recorder.ts'"],
    ['recorder/recorder.ts', "import { HttpConnection } from '../client/http-connection.ts'"],
    ['replay/replayer.ts', "import { ResponseParser } from '../http1/response-parser.ts'"],
    ['replay/replayer.ts', "export { lookup } from 'node:dns'"],
    ['replay/replay-transport.ts', "const net = await import('node:net')"],
    ['cli/show.ts', "import { decodeCassette } from '../cassette/codec.ts'"],
    ['playwright/fixtures.ts', "import { Replayer } from '../replay/replayer.ts'"],
  ]
  for (const [file, text] of FORBIDDEN) {
    test(`${file} may not say ${text}`, () => {
      expect(strayImports(file, text)).not.toEqual([])
    })
  }
})

test('received bytes become HTTP in one place', () => {
  const places = FILES.filter((file) => readFileSync(join(SRC, file), 'utf8').includes('new ResponseParser('))
  expect(places).toEqual(['client/wire.ts'])
})

test('http1 knows no clock and no randomness', () => {
  const offenders = FILES.filter((file) => file.startsWith('http1/')).filter((file) =>
    /\b(performance|Date|setTimeout|setImmediate|queueMicrotask|Math\.random|process)\b/.test(
      readFileSync(join(SRC, file), 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, ''),
    ),
  )
  expect(offenders).toEqual([])
})

test('socket events are listened to in one place', () => {
  const places = FILES.filter((file) => readFileSync(join(SRC, file), 'utf8').includes(".on('data'"))
  expect(places).toEqual(['client/socket-transport.ts'])
})

function strayImports(file: string, text: string): string[] {
  const unit = file.split('/')[0] ?? file
  const rules = MAY_IMPORT[unit]
  if (rules === undefined) return [`${unit} is not in the table`]
  const forbidden = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1))
  const allowed = [unit, ...rules.filter((rule) => !rule.startsWith('!'))]
  return importsOf(file, text).filter(
    (target) => !allowed.some((rule) => matches(target, rule)) || forbidden.some((rule) => matches(target, rule)),
  )
}

const matches = (target: string, rule: string): boolean => target === rule || target.startsWith(`${rule}/`)

function importsOf(file: string, text: string): string[] {
  const specifiers = text.matchAll(
    /(?:^(?:import|export)\s+(?:[\w*${},\s]*\sfrom\s+)?|\bimport\(\s*)['"]([^'"]+)['"]/gm,
  )
  return [...specifiers].map(([, target = '']) =>
    target.startsWith('.') ? relative(SRC, resolve(SRC, dirname(file), target)) : target,
  )
}
