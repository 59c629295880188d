/**
 * What becomes of other tools' files, in full: `made.txt` is what it was when this was last read by people.
 *
 * `UPDATE_TEXTS=1 npx playwright test test/import/made` writes it anew.
 */
import { join } from 'node:path'
import { test } from '../helpers/test.ts'
import { expectKept, inLine } from '../helpers/kept-text.ts'
import type { Imported } from '../../src/import/index.ts'
import type { TapeEvent } from '../../src/tape/cassette.ts'
import { CAPTURES } from './made/captures.ts'
import { ENVOY } from './made/envoy.ts'
import { HAR } from './made/har.ts'
import { OTHERS } from './made/others.ts'
import { WIREMOCK } from './made/wiremock.ts'

/** Each gives a cassette, or throws. */
const ALL: Readonly<Record<string, Readonly<Record<string, () => Imported | Promise<Imported>>>>> = {
  HAR,
  WireMock: WIREMOCK,
  'VCR, nock, Polly, mitmproxy': OTHERS,
  Envoy: ENVOY,
  captures: CAPTURES,
}

function lineOf(event: TapeEvent): string {
  const { type, connection, at, ...rest } = event
  const facts = Object.entries(rest).map(([name, value]: readonly [string, unknown]) =>
    value instanceof Uint8Array
      ? Buffer.from(value).toString('latin1')
      : `${name} ${withoutNode(typeof value === 'string' ? value : JSON.stringify(value))}`,
  )
  return [`${connection} ${at} ${type}`, ...facts].join(' | ')
}

/** Other versions of Node, and other systems, have other words and numbers. */
const withoutNode = (text: string): string =>
  text.replace(/\b((?:Syntax|YAMLParse)?Error): .*/s, '$1: ...').replaceAll(/"errno":-\d+/g, '"errno":N')

async function linesOf(make: () => Imported | Promise<Imported>): Promise<readonly string[]> {
  try {
    const { cassette, notes } = await make()
    const { at, by } = cassette.recorded
    return [
      `${at} by ${by.replace(/\d+\.\d+\.\d+/, 'VERSION')}`,
      ...cassette.tape.map(lineOf),
      ...notes.map((note) => `! ${note}`),
    ]
  } catch (error) {
    return [error instanceof Error ? `${error.name}: ${withoutNode(error.message)}` : String(error)]
  }
}

test('what is made of the files of other tools is what it was', async () => {
  const parts: string[] = []
  for (const [tool, cases] of Object.entries(ALL))
    for (const [name, make] of Object.entries(cases)) {
      const lines = await linesOf(make)
      parts.push(`## ${tool}: ${name}\n\n${lines.map(inLine).join('\n')}\n`)
    }
  expectKept(join(import.meta.dirname, 'made.txt'), parts.join('\n'))
})
