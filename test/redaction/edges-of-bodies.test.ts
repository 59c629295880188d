import { expect, test } from '../helpers/test.ts'
import { recordingOf, requestOf } from '../matching/own-client.ts'

// Secrets at the edges of a body, where nothing but that place says where they begin: not a byte beside them changes.

const S = 'zY8xW5vU2tS9rQ6pO3nM'
const PLAIN = 'nothing at all to hide here'

const multipart = (before: string, after: string): string =>
  requestOf(
    'POST /',
    ['Content-Type: multipart/form-data; boundary=bb'],
    `${before}--bb\r\nContent-Disposition: form-data; name="a"\r\n\r\n${PLAIN}\r\n--bb\r\nContent-Disposition: form-data; name="b"\r\n\r\n1\r\n--bb--${after}`,
  )
const chunked = (chunks: string, last: string, trailers: string): string =>
  `POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0${last}\r\n${trailers}\r\n`
const form = (body: string): string => requestOf('POST /', ['Content-Type: application/x-www-form-urlencoded'], body)

/** What is sent, the secrets that are given, and what is to stand there. A length is what it has to be then. */
// oxfmt-ignore
const BODIES: Readonly<Record<string, readonly [sent: string, secrets: readonly string[], saved: string]>> = {
  'before the first part': [multipart(`password=${S}\r\n`, '\r\n'), [], multipart('password={{password.1}}\r\n', '\r\n')],
  'behind the last part': [multipart('', `\r\npassword=${S}`), [], multipart('', '\r\npassword={{password.1}}')],
  'on both sides of the parts': [multipart(`token=${S}\r\n`, `\r\npassword=${S}x`), [], multipart('token={{token.1}}\r\n', '\r\npassword={{password.1}}')],
  'in a trailer': [chunked('', '', `X-Auth-Token: ${S}\r\n`), [], chunked('', '', 'X-Auth-Token: {{token.1}}\r\n')],
  'in a trailer behind chunks': [chunked(`1b\r\n${PLAIN}\r\n`, '', `X-A: 1\r\nX-Auth-Token: ${S}\r\nX-B: 2\r\n`), [], chunked(`1b\r\n${PLAIN}\r\n`, '', 'X-A: 1\r\nX-Auth-Token: {{token.1}}\r\nX-B: 2\r\n')],
  'in the last size, which loses its extensions, and in a trailer': [chunked('', `;token=${S}`, `X-Auth-Token: ${S}y\r\n`), [], chunked('', '', 'X-Auth-Token: {{token.2}}\r\n')],
  'in a chunk of its own, whose neighbours keep the spelling of their sizes': [chunked(`01B\r\n${PLAIN}\r\n14\r\n${S}\r\n01B\r\n${PLAIN}\r\n`, '', ''), [S], chunked(`01B\r\n${PLAIN}\r\nc\r\n{{secret.1}}\r\n01B\r\n${PLAIN}\r\n`, '', '')],
  'with blanks, in a form': [form('note=correct+horse+battery+9&b=1'), ['correct horse battery 9'], form('note={{secret.1}}&b=1')],
  'with blanks, in a form with escapes': [form('note=correct%20horse%20battery%209&b=1'), ['correct horse battery 9'], form('note={{secret.1}}&b=1')],
  'with blanks, in text that has pluses for them': [requestOf('POST /', [], 'say correct+horse+battery+9 now'), ['correct horse battery 9'], requestOf('POST /', [], 'say {{secret.1}} now')],
  'with blanks, in text': [requestOf('POST /', [], 'say correct horse battery 9 now'), ['correct horse battery 9'], requestOf('POST /', [], 'say {{secret.1}} now')],
}

for (const [place, [sent, secrets, saved]] of Object.entries(BODIES))
  test(`a secret ${place}`, () => {
    const request = recordingOf([sent], secrets).tape.find((event) => event.type === 'sent')
    expect(request?.type === 'sent' && Buffer.from(request.bytes).toString('latin1')).toBe(saved)
  })
