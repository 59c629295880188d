import { expect, test } from '../helpers/test.ts'
import { applyEdits } from '../../src/content/edits.ts'
import { longRuns } from '../../src/content/runs.ts'
import { editsInsideRuns } from '../../src/content/views.ts'
import type { RedactionOptions } from '../../src/redaction/redaction-options.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const SECRETS = ['s3cret-s3cre', 's3cret-s3cret', 's3cret-s3cret3']
const LEADS = ['', 'a', 'ab', 'abc', 'path', 'paths', 'on/it/']
const TAILS = ['', '!', '&x', '&xy', '&b=1', '\u00f6']
/** What may follow in a path. */
const RESTS = ['', '/', '/x', '/xy', '/xyz', '/words']

const decoded = (text: string): string => Buffer.from(text, 'base64').toString()
const codedWays = (text: string): readonly string[] => {
  const padded = Buffer.from(text).toString('base64')
  return [...new Set([padded, padded.replace(/=+$/, '')])]
}

/** A run without what a pattern finds in what it codes. */
function without(pattern: RegExp, run: string): string {
  const edits = editsInsideRuns(run, longRuns(run), (plain) =>
    Array.from(plain.matchAll(pattern), ({ index, 0: all }) => ({
      start: index,
      end: index + all.length,
      with: '{{a.1}}',
    })),
  )
  return applyEdits(run, edits)
}

for (const lead of LEADS)
  test(`base64 after "${lead}" loses its secret, and nothing else`, () => {
    for (const secret of SECRETS)
      for (const tail of TAILS)
        for (const run of codedWays(`the=key&value=${secret}${tail}`))
          for (const rest of run.length % 4 === 0 && !run.endsWith('=') ? RESTS : ['']) {
            const left = without(new RegExp(secret, 'g'), lead + run + rest)
            expect([run, left.slice(0, lead.length), left.endsWith(rest)]).toEqual([run, lead, true])
            const text = decoded(left.slice(lead.length))
            // It is filled up only if something follows: then the base64 after it stays as it was.
            const [, head, fill = '', after = ''] = /^([^]*\}\})(_*)([^]*)$/.exec(text) ?? []
            expect([run, head, after.startsWith(tail)]).toEqual([run, 'the=key&value={{a.1}}', true])
            if (tail + rest === '') expect([run, fill + after]).toEqual([run, ''])
          }
  })

for (const lead of LEADS)
  test(`what follows a name in base64 after "${lead}" goes to its last character, with or without padding`, () => {
    for (const secret of [...SECRETS, `${SECRETS[0]}\u00f6`, `${SECRETS[0]}a\u00f6`, `${SECRETS[0]}\u{1f511}`])
      for (const run of codedWays(`the=key&value=${secret}`)) {
        const left = without(/(?<=value=)[^&]+/g, lead + run)
        expect([run, left.slice(0, lead.length)]).toEqual([run, lead])
        expect([run, decoded(left.slice(lead.length))]).toEqual([run, 'the=key&value={{a.1}}'])
      }
  })

/** The path of a request without its secrets. */
function redactedPath(path: string, options: RedactionOptions): string {
  const cassette = oneConnection('http://api.test', (it) => it.sent(request('GET', path)).received(answer('')))
  const { tape } = redactCassette(cassette, options).cassette
  const sent = tape.map((event) => (event.type === 'sent' ? Buffer.from(event.bytes).toString('latin1') : '')).join('')
  return sent.split(' ')[1] ?? ''
}

for (const length of [12, 13, 14, 15, 16])
  test(`a password of ${length} characters in a path in base64 goes to its last one`, () => {
    const secret = 'Zq7rT0kLm3XvB9pQ'.slice(0, length)
    for (const lead of LEADS)
      for (const run of codedWays(`user=ada&password=${secret}`))
        for (const rest of ['', '.b', '?b=1']) {
          const path = redactedPath(`/cb/${lead}${run}${rest}`, {})
          expect([path, path.startsWith(`/cb/${lead}`), path.endsWith(rest)]).toEqual([path, true, true])
          const left = path.slice(`/cb/${lead}`.length, path.length - rest.length)
          expect([lead, run, rest, decoded(left)]).toEqual([lead, run, rest, 'user=ada&password={{password.1}}'])
        }
  })

test('a secret that is given goes from base64 in a path, whatever follows it', () => {
  for (const secret of SECRETS)
    for (const lead of LEADS)
      for (const run of codedWays(`user=ada&it=${secret}`))
        for (const rest of [...RESTS, '.b', '?b=1']) {
          const path = redactedPath(`/cb/${lead}${run}${rest}`, { secrets: [secret] })
          expect([run, path, path.endsWith(rest)]).toEqual([run, path, true])
          const left = decoded(path.slice(`/cb/${lead}`.length))
          expect([run, rest, left.slice(0, 24)]).toEqual([run, rest, 'user=ada&it={{secret.1}}'])
        }
})
