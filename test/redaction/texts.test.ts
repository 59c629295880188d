import { expect, test } from '../helpers/test.ts'
import { Redactor } from '../../src/redaction/redact-cassette.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const [FIRST, SECOND, THIRD] = ['aB3dE6gH9jK2mN5pQ8sT', 'zY8xW5vU2tS9rQ6pO3nM', 'Qw7eR4tY1uI8oP5aS2dF'] as const

/** What a message says, and what it says without its secrets; one after the other to one redactor. */
// oxfmt-ignore
const TEXTS: readonly (readonly [text: string, without: string])[] = [
  ['nothing is secret here', 'nothing is secret here'],
  ['it was given-before', 'it was {{secret.1}}'],
  [`Authorization: Bearer ${FIRST}`, 'Authorization: Bearer {{authorization.1}}'],
  [`${FIRST} again`, '{{authorization.1}} again'],
  [`password=${SECOND}&user=ada`, 'password={{password.1}}&user=ada'],
  [`{"password":"${THIRD}","old":"${SECOND}"}`, '{"password":"{{password.2}}","old":"{{password.1}}"}'],
  [`${THIRD}, ${SECOND}, ${FIRST}`, '{{password.2}}, {{password.1}}, {{authorization.1}}'],
  // Before its name is seen.
  ['first ghp_16C7e42F292c6912E7710c838347Ae178B4a', 'first {{github-token.1}}'],
  [`GET http://tenant-one.api.test/?api_key=${FIRST}x`, 'GET http://{{secret.2}}.api.test/?api_key={{api-key.1}}'],
]

const redactor = (): Redactor => new Redactor({ secrets: ['given-before', 'Tenant-One'] })

/** What a redactor may have been asked before. */
const BEFORE: Readonly<Record<string, (it: Redactor) => void>> = {
  'nothing else': () => {},
  'a tape without secrets': (it) =>
    void it.redact(oneConnection('http://a.test', (made) => made.sent(request('GET', '/')).received(answer(''))).tape),
  'bytes that were masked': (it) => void it.mask(Buffer.from(request('GET', '/'))),
  'a text without secrets': (it) => void it.redactText('nothing'),
}

for (const [name, before] of Object.entries(BEFORE)) {
  test(`texts lose secrets that were not known before, each text after the others, after ${name}`, () => {
    const it = redactor()
    before(it)
    for (const [text, without] of TEXTS) expect(it.redactText(text)).toBe(without)
    for (const [text, without] of TEXTS) expect(it.redactText(text)).toBe(without)
  })

  test(`of a tape the same goes, and what only a text has said goes from it, after ${name}`, () => {
    const it = redactor()
    before(it)
    it.redactText(`password=${FIRST}`)
    const [, sent] = it.redact(
      oneConnection('http://a.test', (made) => made.sent(request('GET', `/${FIRST}?token=${SECOND}`))).tape,
    )
    expect(sent !== undefined && 'bytes' in sent && Buffer.from(sent.bytes).toString().split(' ')[1]).toBe(
      '/{{password.1}}?token={{token.1}}',
    )
    expect(it.redactText(`${SECOND} ${FIRST}`)).toBe('{{token.1}} {{password.1}}')
    const masked = Buffer.from(it.mask(Buffer.from(request('GET', `/?password=${THIRD}`)))).toString()
    expect(masked.split(' ')[1]).toBe(`/?password=${'*'.repeat(THIRD.length)}`)
    expect(it.redactText(THIRD)).toBe('{{password.2}}')
  })
}
