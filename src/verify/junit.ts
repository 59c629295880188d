import { count, escapeText } from '../content/printable.ts'
import type { VerifiedInteraction } from './verify-cassette.ts'

/** Formats results as a JUnit file for CI systems, with a test case for each interaction. */
export function toJunit(name: string, results: readonly VerifiedInteraction[]): string {
  const ofOutcome = (outcome: VerifiedInteraction['outcome']): number =>
    results.filter((one) => one.outcome === outcome).length
  const seconds = results.reduce((sum, { took }) => sum + took, 0) / 1000
  const counts = `tests="${results.length}" failures="${ofOutcome('drifted')}" skipped="${ofOutcome('skipped')}" errors="0"`
  const cases = results.map((result) => testCase(name, result)).join('')
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="wiretape verify" ${counts} time="${seconds.toFixed(3)}">
<testsuite name="${xml(name)}" ${counts} time="${seconds.toFixed(3)}">
${cases}</testsuite>
</testsuites>
`
}

function testCase(suite: string, { interaction, method, url, skipped, drifts, took }: VerifiedInteraction): string {
  const attributes = `classname="${xml(suite)}" name="${xml(`#${interaction + 1} ${method} ${url}`)}" time="${(took / 1000).toFixed(3)}"`
  if (skipped !== undefined) return `<testcase ${attributes}><skipped message="${xml(skipped)}"/></testcase>\n`
  if (drifts.length === 0) return `<testcase ${attributes}/>\n`
  const lines = drifts.map(
    ({ grade, place, before, after }) => `${grade}: ${place}: ${before ?? 'nothing'} -> ${after ?? 'nothing'}`,
  )
  const message = `${count(drifts.length, 'drift')}, ${drifts[0]?.grade ?? ''} first`
  return `<testcase ${attributes}><failure message="${xml(message)}">${lines.map(xml).join('\n')}</failure></testcase>\n`
}

const xml = (text: string): string =>
  escapeText(text).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
