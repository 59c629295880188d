import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import { standsIn, textOf } from '../redaction/real-apis.ts'
import { isAnswered, recordingOf, requestOf } from './own-client.ts'

// More forms of a request with a secret, beside those of content-cases.test.ts: codings in codings, charsets, parts, documents that are cut.

type Write = (secret: string, other: string) => string

const stringify = JSON.stringify
const base64 = (content: string | Uint8Array): string => Buffer.from(content).toString('base64')
const post = (type: string, body: string | Uint8Array, ...fields: string[]): string =>
  requestOf('POST /', [`Content-Type: ${type}`, ...fields], Buffer.from(body))
const json = (body: string | Uint8Array, ...fields: string[]): string => post('application/json', body, ...fields)
const login = (secret: string, other: string): string => stringify({ password: secret, a: other })
const key = (secret: string, end = '\n'): string =>
  `-----BEGIN PRIVATE KEY-----${end}${base64(secret.repeat(3))}${end}-----END PRIVATE KEY-----${end}`
const cutKey = (secret: string): string => `-----BEGIN RSA PRIVATE KEY-----\n${base64(secret.repeat(3))}\n`
const part = (head: string, content: string, boundary = 'bb'): string =>
  `--${boundary}\r\n${head}\r\n\r\n${content}\r\n`
const field = (name: string, content: string, boundary?: string): string =>
  part(`Content-Disposition: form-data; name="${name}"`, content, boundary)
const fields = (secret: string, other: string, boundary = 'bb'): string =>
  `${field('password', secret, boundary)}${field('a', other, boundary)}--${boundary}--\r\n`
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le')

// oxfmt-ignore
const SIBLINGS: Readonly<Record<string, Write>> = {
  'gzip in gzip': (s, o) => json(gzipSync(gzipSync(login(s, o))), 'Content-Encoding: gzip, gzip'),
  'gzip in deflate': (s, o) => json(deflateSync(gzipSync(login(s, o))), 'Content-Encoding: gzip, deflate'),
  'x-gzip': (s, o) => json(gzipSync(login(s, o)), 'Content-Encoding: x-gzip'),
  'a coding in capitals': (s, o) => json(gzipSync(login(s, o)), 'Content-Encoding: GZIP'),
  'bare deflate': (s, o) => json(deflateRawSync(login(s, o)), 'Content-Encoding: deflate'),
  'a form in br': (s, o) => post('application/x-www-form-urlencoded', brotliCompressSync(`password=${s}&a=${o}`), 'Content-Encoding: br'),
  'gzip that does not say so': (s, o) => json(gzipSync(login(s, o))),
  'two members of gzip': (s, o) => post('application/x-ndjson', Buffer.concat([gzipSync(`${login(s, o)}\n`), gzipSync('{"b":1}\n')]), 'Content-Encoding: gzip'),
  'parts in gzip': (s, o) => post('multipart/form-data; boundary=bb', gzipSync(fields(s, o)), 'Content-Encoding: gzip'),
  'gzip in base64': (s, o) => json(stringify({ data: base64(gzipSync(login(s, o))) })),
  'base64url without padding': (s, o) => json(stringify({ state: Buffer.from(login(s, o)).toString('base64url') })),
  'base64 of base64': (s, o) => json(stringify({ data: base64(base64(login(s, o))) })),
  'hex in a path': (s, o) => requestOf(`GET /x/${Buffer.from(login(s, o)).toString('hex')}`),
  'a data URL': (s, o) => json(stringify({ url: `data:application/json;base64,${base64(login(s, o))}` })),
  'a part in quoted-printable without an escape': (s, o) => post('multipart/mixed; boundary=bb', `${part('Content-Type: application/json\r\nContent-Transfer-Encoding: quoted-printable', login(s, o))}--bb--\r\n`),
  'UTF-16 of the other order': (s, o) => json(utf16(login(s, o)).swap16(), 'X: 1').replace('application/json', 'application/json; charset=utf-16be'),
  'UTF-16 that only its mark says': (s, o) => json(utf16(`\ufeff${login(s, o)}`)),
  'a form in UTF-16': (s, o) => post('application/x-www-form-urlencoded; charset=utf-16le', utf16(`password=${s}&a=${o}`)),
  'Latin-1': (s, o) => post('text/xml; charset=iso-8859-1', Buffer.from(`<r><password>${s}\xe9</password><a>${o}</a></r>`, 'latin1')),
  'a URL in a URL in a URL': (s, o) => requestOf(`GET /?u=${encodeURIComponent(`/cb?u=${encodeURIComponent(`/x?password=${s}&a=${o}`)}`)}`),
  'parameters of a path': (s, o) => requestOf(`GET /a;token=${s};b=${o}/c`),
  'a target with userinfo': (s, o) => requestOf(`GET http://u:${s}@api.test/?a=${o}`),
  'a trailer': (s, o) => `POST /${o} HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Auth-Token: ${s}\r\n\r\n`,
  'the extension of a chunk': (s, o) => `POST /${o} HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n2;token=${s}\r\n{}\r\n0\r\n\r\n`,
  'a key with other line ends': (s, o) => json(stringify({ key: key(s, '\r\n'), a: o })),
  'a key in a form': (s, o) => post('application/x-www-form-urlencoded', `key=${encodeURIComponent(key(s))}&a=${o}`),
  'a key in YAML': (s, o) => post('application/yaml', `a: ${o}\nkey: |\n  ${key(s).trimEnd().replaceAll('\n', '\n  ')}\nb: 1\n`),
  'a key in base64': (s, o) => json(stringify({ k: base64(key(s)), a: o })),
  'a key in a file': (s, o) => post('multipart/form-data; boundary=bb', `${part('Content-Disposition: form-data; name="f"; filename="key.pem"', key(s))}${field('a', o)}--bb--\r\n`),
  'a key that is cut, and text': (s, o) => post('text/plain', `${cutKey(s)}\na: ${o}\n`),
  'a key that is cut, and a sentence': (s, o) => post('text/plain', `${cutKey(s)}the other thing is ${o}\n`),
  'a key that is cut, and JSON': (s, o) => post('text/plain', `${cutKey(s)}{"a":"${o}"}\n`),
  'a key that is cut, in gzip': (s, o) => post('text/plain', gzipSync(`${cutKey(s)}\na: ${o}\n`), 'Content-Encoding: gzip'),
  'a key that is cut, in UTF-16': (s, o) => post('text/plain; charset=utf-16le', utf16(`\ufeff${cutKey(s)}\nnote for ${o} here\n`)),
  'a secret that comes twice': (s, o) => json(stringify({ password: s, password_confirmation: s, a: o }), `Authorization: Bearer ${s}`),
  'GraphQL': (s, o) => json(stringify({ query: `mutation { login(password: "${s}", a: "${o}") { t } }` })),
  'CDATA': (s, o) => post('text/xml', `<r><Password><![CDATA[${s}]]></Password><a>${o}</a></r>`),
  'attributes in single quotes': (s, o) => post('text/xml', `<r password='${s}' a='${o}'/>`),
  'INI': (s, o) => post('text/plain', `[db]\npassword = ${s}\na = ${o}\n`),
  'TOML': (s, o) => post('application/toml', `[db]\npassword = "${s}"\na = "${o}"\n`),
  'a table': (s, o) => post('text/csv', `user,password,a\nbob,${s},${o}\n`),
  'a sequence of JSON': (s, o) => post('application/json-seq', `\x1e{"a":"${o}"}\n\x1e${stringify({ token: s })}\n`),
  'JSON in a form': (s, o) => post('application/x-www-form-urlencoded', `payload=${encodeURIComponent(login(s, o))}`),
  'JSON behind a guard': (s, o) => json(`)]}'\n${login(s, o)}`),
  'JSON with comments': (s, o) => json(`{password: '${s}', a: '${o}', /* c */}`),
  'JSON with a name twice': (s, o) => json(`{"password":"x","password":${stringify(s)},"a":"${o}"}`),
  'JSON in JSON in JSON': (s, o) => json(stringify({ x: stringify({ y: login(s, o) }) })),
  'JSON that is cut': (s, o) => json(`{"a":"${o}","password":${stringify(s)}`),
  'JSON of escapes': (s, o) => json(`{"password":"${Array.from(s, (char) => String.raw`\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}","a":"${o}"}`),
  'an escaped name': (s, o) => json(`{"p\\u0061ssword":${stringify(s)},"a":"${o}"}`),
  'deep JSON': (s, o) => json(`${'{"x":'.repeat(60)}${login(s, o)}${'}'.repeat(60)}`),
  'parts in a part': (s, o) => post('multipart/mixed; boundary=oo', `--oo\r\nContent-Type: multipart/form-data; boundary=ii\r\n\r\n${fields(s, o, 'ii')}\r\n--oo--\r\n`),
  'a request in a part': (s, o) => post('multipart/mixed; boundary=oo', `--oo\r\nContent-Type: application/http\r\n\r\nGET /x?a=${o} HTTP/1.1\r\nAuthorization: Bearer ${s}\r\n\r\n\r\n--oo--\r\n`),
  'parts with bare line ends': (s, o) => post('multipart/form-data; boundary=bb', fields(s, o).replaceAll('\r\n', '\n')),
  'a boundary in quotes that differs': (s, o) => post(`multipart/form-data; boundary="b b:${s.length}"`, fields(s, o, `b b:${s.length}`)),
  'words around the parts': (s, o) => post('multipart/form-data; boundary=bb', `preamble\r\n${fields(s, o)}epilogue`),
  'control bytes': (s, o) => post('text/plain', `\0\0\0<{"password":"${s}","a":"${o}"}`),
  'YAML of several lines': (s, o) => post('application/yaml', `password: >-\n  ${s}\na: ${o}\n`),
  'a link that resets': (s, o) => requestOf(`POST /reset/${s}?a=${o}`),
  'a name in brackets': (s, o) => requestOf(`GET /?auth%5Btoken%5D=${s}&a%5B%5D=${o}`),
  'one name twice': (s, o) => requestOf(`GET /?token=${s}&token=${s}b&a=${o}`),
  'a field without a blank': (s, o) => requestOf(`GET /${o}`, [`x-API-key:${s}`]),
  'a connection string': (s, o) => json(stringify({ c: `Server=x;Password=${s};Encrypt=True`, a: o })),
  'where it is moved to': (s, o) => requestOf('MOVE /a', [`Destination: http://api.test/${o}?access_token=${s}`]),
  'where it is copied to, with a depth': (s, o) => requestOf('COPY /a', ['Depth: 0', `destination: http://u:${s}@api.test/${o}`]),
  'an operation by name': (s, o) => post('text/xml', `<r><password>${s}</password></r>`, `SOAPAction: "urn:${o}"`),
  'an apostrophe in a URL in a form': (s, o) => post('application/x-www-form-urlencoded', new URLSearchParams({ u: `/x?password=a'${s}'!&a=${o}` }).toString()),
  'an apostrophe in a text': (s, o) => post('text/plain', `password=don't${s} a=${o}`),
  'a form of a page': (s, o) => post('text/html', `<form><input name="csrf_token" value="${s}"><input name="a" value="${o}"></form>`),
}

const [K, OTHER] = ['Zq7rT0kLm3XvB9cW', 'a8Kd03LqPz']

test('each form of a request replays itself, and with another secret, but not with another text; the secret does not stay', () => {
  const faults = Object.entries(SIBLINGS).flatMap(([name, write]) => {
    const recorded = write(K, 'x')
    return [
      !isAnswered(recorded, recorded) && `${name}: not itself`,
      !isAnswered(recorded, write(OTHER, 'x')) && `${name}: not another secret`,
      isAnswered(recorded, write(K, 'y')) && `${name}: another request`,
      standsIn(textOf(recordingOf([recorded])), K) && `${name}: stays`,
    ].filter((fault) => fault !== false)
  })
  expect(faults).toEqual([])
})

/** Requests with a secret at two places. */
const twice = (one: string, other: string): readonly string[] => [
  json(stringify({ password: one, password_confirmation: other })),
  requestOf(`GET /?token=${encodeURIComponent(one)}&again_token=${encodeURIComponent(other)}`),
  json(stringify({ password: one })).replace('POST /', `POST /reset/${encodeURIComponent(other)}`),
  post('application/x-www-form-urlencoded', new URLSearchParams({ password: one, d: login(other, 'x') }).toString()),
  post('multipart/form-data; boundary=bb', fields(one, base64(login(other, 'x')))),
  json(gzipSync(stringify({ password: one, d: base64(other) })), 'Content-Encoding: gzip'),
]

test('one placeholder stands for one value, however its escapes are written', () => {
  const secrets = [K, 'pässwörd-Zq7rT0é', 'a&b=c"d\\e+f%20 g\'h<i>#/?0']
  const others = [OTHER, 'übergröße-Zß99', 'x"y&z%41\\u0041+ <q>']
  for (const [k, secret] of secrets.entries()) {
    const other = others[k] ?? ''
    for (const [index, recorded] of twice(secret, secret).entries()) {
      const [same = '', different = ''] = [twice(other, other)[index], twice(other, OTHER.repeat(2))[index]]
      const found = [recorded, same, different].map((asked) => isAnswered(recorded, asked, [secret]))
      expect(found, recorded).toEqual([true, true, false])
    }
  }
})

test('a placeholder is found in base64 that is as short as it', () => {
  for (const code of ['base64', 'base64url', 'hex'] as const)
    for (const [name, header] of Object.entries({ pin: 'X-Pin', otp: 'X-Otp', token: 'X-Token' })) {
      const asked = (secret: string): string =>
        json(stringify({ note: Buffer.from(secret).toString(code) }), `${header}: ${secret}`)
      const recorded = asked('Zq7rT0kLm3Xv')
      expect(textOf(recordingOf([recorded])), name).not.toContain(Buffer.from('Zq7rT0kLm3Xv').toString(code))
      expect(isAnswered(recorded, recorded), name).toBe(true)
      expect(isAnswered(recorded, asked(OTHER)), name).toBe(true)
    }
})
