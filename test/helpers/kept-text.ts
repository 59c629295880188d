import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from './test.ts'

/**
 * Compares a text with one that is kept in a file, because it is long.
 *
 * `UPDATE_TEXTS=1 npx playwright test PATH` writes it anew; then read what has changed.
 */
export function expectKept(file: string, text: string): void {
  if (process.env['UPDATE_TEXTS'] !== undefined) writeFileSync(file, text)
  expect(text).toBe(readFileSync(file, 'utf8'))
}

/** In one line, and in ASCII alone. Unlike `inOneLine`, it changes nothing that it has written itself. */
export const inLine = (text: string): string =>
  text.replaceAll(/[^ -~]/g, (char) => LINE_ENDS.get(char) ?? `{${char.charCodeAt(0).toString(16)}}`)

const LINE_ENDS: ReadonlyMap<string, string> = new Map([
  ['\r', String.raw`\r`],
  ['\n', String.raw`\n`],
])
