import { relative } from 'node:path'
import { test } from '../helpers/test.ts'
import { expectKeptLines, outcome, shown } from '../helpers/outcomes.ts'
import { richCassettes } from '../helpers/rich-cassettes.ts'
import type { Cassette, TapeEvent } from '../../src/tape/cassette.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { diffCassettes, withoutVolatile } from '../../src/inspection/diff-cassettes.ts'
import { extractInteractions, type InteractionFilter } from '../../src/inspection/extract-interactions.ts'
import { findSecrets } from '../../src/inspection/find-secrets.ts'
import { FINDINGS, finding } from '../../src/inspection/findings.ts'
import { keptValues } from '../../src/inspection/kept-values.ts'
import { mergeBranches, mergeCassettes } from '../../src/inspection/merge-cassettes.ts'
import { formatPlayed, parsePlayedList, usedInteractions } from '../../src/inspection/played-list.ts'
import { requestPattern } from '../../src/inspection/request-pattern.ts'
import { scanForSecrets } from '../../src/inspection/secret-scan.ts'
import { findSuspiciousValues } from '../../src/inspection/suspicious-values.ts'
import { DEFAULT_RULES, parseVolatileRule } from '../../src/inspection/volatile.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { formatDiff } from '../../src/report/diff-text.ts'
import { summarize } from '../../src/report/cassette-summary.ts'
import { readExchanges } from '../../src/messages/exchanges.ts'
import { driftsOf } from '../../src/verify/drift.ts'

const cassettes = richCassettes()
const named = (name: string): Cassette => {
  const cassette = cassettes.get(name)
  if (cassette === undefined) throw new Error(name)
  return cassette
}
const cut = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => (line.length > 900 ? `${line.slice(0, 800)}+${line.length}` : line))

/** The same conversation with other words in what one side said. */
function edited(cassette: Cassette, edits: Readonly<Record<string, string>>): Cassette {
  const tape = cassette.tape.map((event): TapeEvent => {
    if (event.type !== 'sent' && event.type !== 'received') return event
    let text = Buffer.from(event.bytes).toString('latin1')
    for (const [from, to] of Object.entries(edits)) text = text.replaceAll(from, to)
    return { ...event, bytes: Buffer.from(text, 'latin1') }
  })
  return { ...cassette, tape }
}

const EDITS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  status: { '201 Created': '202 Accepted' },
  version: { 'HTTP/1.1 204': 'HTTP/1.0 204' },
  'a header': { 'ETag: "x1"': 'ETag: "x2"' },
  'a name in capitals': { 'ETag:': 'ETAG:' },
  'a header more': { 'ETag: "x1"': 'ETag: "x1"\r\nX-More: 1' },
  'a header less': { 'ETag: "x1"\r\n': '' },
  'order of headers': { 'Set-Cookie: a=c; Path=/\r\nSet-Cookie: d=e': 'Set-Cookie: d=e\r\nSet-Cookie: a=c; Path=/' },
  'a value in JSON': { '"name":"pen"': '"name":"nib"' },
  'a type in JSON': { '"name":"pen"': '"name":12345' },
  'a member more': { '"next":null}': '"mext":null}' },
  lines: { 'no\nitem': 'no\nitam' },
  html: { 'It is done': 'It is gone' },
  'the target': { '/items?page=2': '/items?page=3' },
  'a request': { '"name":"hat"': '"name":"cap"' },
  method: { 'DELETE /items': 'REPORT /items' },
  date: { '12:00:00 GMT': '12:00:01 GMT' },
  id: { '1b4e28ba-2fa1-4d3b': '2b4e28ba-2fa1-4d3b' },
}

test('differences of cassettes, as a text and as drifts', () => {
  const lines: string[] = []
  for (const name of ['shop', 'secrets'])
    for (const [what, edits] of Object.entries(EDITS)) {
      const [before, after] = [named(name), edited(named(name), edits)]
      const diff = diffCassettes(before, after, { segments: true })
      if (diff.isSame) continue
      lines.push(
        `== ${name}, ${what}`,
        ...formatDiff({ before: 'a.yaml', after: 'b.yaml' }, diff).split('\n'),
        `volatile: ${diff.isSameButVolatile} ${shown(withoutVolatile(diff).interactions.length)}`,
      )
      const [olds, news] = [readExchanges(before).exchanges, readExchanges(after).exchanges]
      for (const [index, old] of olds.entries()) {
        const fresh = news[index]
        if (fresh !== undefined)
          for (const drift of driftsOf(old, fresh, DEFAULT_RULES)) lines.push(`drift ${shown(drift)}`)
      }
    }
  const names = [...cassettes.keys()]
  for (const [index, name] of names.entries()) {
    const next = names[index + 1] ?? names[0] ?? name
    lines.push(
      `== ${name} and ${next}`,
      ...formatDiff({ before: name, after: next }, diffCassettes(named(name), named(next))).split('\n'),
    )
  }
  expectKeptLines(new URL('differences.txt', import.meta.url), cut(lines))
})

const FILTERS: readonly InteractionFilter[] = [
  {},
  { number: ['1'] },
  { number: ['2-3'] },
  { number: ['2-'] },
  { number: ['-2'] },
  { number: ['x'] },
  { number: ['0'] },
  { number: ['3-2'] },
  { status: ['404'] },
  { status: ['2xx'] },
  { status: ['201-204'] },
  { status: ['none'] },
  { status: ['abc'] },
  { status: ['6xx'] },
  { method: ['get'] },
  { method: ['GET', 'PUT'] },
  { path: ['/items'] },
  { path: ['/items/*'] },
  { path: ['*'] },
  { origin: ['http://api.test'] },
  { origin: ['http://other.test'] },
  { origin: ['*.test*'] },
  { origin: ['api.test'] },
  { method: ['GET'], invert: true },
  { origin: ['http://api.test'], invert: true },
  { status: ['2xx'], method: ['PUT'] },
]

test('what is taken out of cassettes, joined, renamed and found in them', () => {
  const lines: string[] = []
  for (const filter of FILTERS)
    for (const name of ['shop', 'faults'])
      lines.push(
        `${shown(filter)} of ${name}: ${outcome(() => {
          const { cassette, ...counts } = extractInteractions(named(name), filter)
          return {
            ...counts,
            urls: readExchanges(cassette).exchanges.map(({ request }) => `${request.method} ${request.target}`),
            opened: cassette.tape.filter(({ type }) => type === 'open' || type === 'failed').length,
          }
        })}`,
      )
  const redacted = redactCassette(named('secrets')).cassette
  for (const [what, merge] of Object.entries({
    twice: () => mergeCassettes([named('shop'), named('shop')]),
    'twice, kept': () => mergeCassettes([named('shop'), named('shop')], { duplicates: 'keep' }),
    'of two': () => mergeCassettes([named('pipelined'), named('two at a time')]),
    'with secrets': () => mergeCassettes([redacted, edited(redacted, { '/me/': '/you/' })]),
    'branches, the same': () => mergeBranches(named('shop'), named('shop'), named('shop')),
    'branches, ours': () => mergeBranches(named('shop'), edited(named('shop'), EDITS['status'] ?? {}), named('shop')),
    'branches, theirs': () => mergeBranches(named('shop'), named('shop'), edited(named('shop'), EDITS['status'] ?? {})),
    'branches, both': () =>
      mergeBranches(
        named('shop'),
        edited(named('shop'), EDITS['status'] ?? {}),
        edited(named('shop'), EDITS['a header'] ?? {}),
      ),
  }))
    lines.push(
      `merged ${what}: ${outcome(() => {
        const { cassette, ...rest } = merge()
        return {
          ...rest,
          about: summarize(cassette),
          tape: cassette.tape.map(({ type, connection }) => `${type} ${connection}`).join(' '),
        }
      })}`,
    )
  for (const [name, cassette] of cassettes) {
    lines.push(`${name}: ${summarize(cassette)}; kept ${shown(keptValues(cassette))}`)
    for (const { event, kinds } of findSecrets(cassette, {}).found)
      lines.push(`  found ${event.type} ${event.at}: ${kinds}`)
    const { cassette: clean, report } = redactCassette(cassette)
    lines.push(`  redacted ${shown(report)}`)
    if (report.placeholders.length > 0)
      lines.push(
        ...encodeCassette(clean)
          .split('\n')
          .filter((line) => line.includes('{{'))
          .map((line) => `    ${line}`),
      )
  }
  for (const [code, rule] of Object.entries(FINDINGS)) lines.push(`${code}: ${shown(rule)}`)
  lines.push(
    shown(finding('LENGTH_WRONG', { file: 'a.yaml', line: 3, column: 4 }, 'detail')),
    shown(finding('LENGTH_WRONG', { file: 'a.yaml' })),
  )
  for (const text of [
    'header:ETag',
    'trailer:T',
    'json:$.a',
    'json:$..id',
    'body',
    'GET /users/* header:ETag',
    'get /a body',
    'header',
    'json:a',
    'body:x',
    'x',
    'GET header:a',
    'GET /a b',
  ])
    lines.push(`volatile ${text}: ${outcome(() => typeof parseVolatileRule(text).allows)}`)
  for (const text of ['GET /a', 'GET /a/*', '* /a', 'GET', '/a', 'get /a', 'GET  /a', ''])
    lines.push(
      `pattern ${text}: ${outcome(() => {
        const fits = requestPattern(text, 'volatile')
        return ['GET http://h/a', 'GET http://h/a/b', 'POST http://h/a', 'GET http://h/a?b'].map((one) => {
          const [method = '', url = ''] = one.split(' ')
          return fits(method, url)
        })
      })}`,
    )
  for (const text of [
    '',
    'a.yaml 1 2',
    '{"path":"a.yaml","played":[1,2]}',
    '{"path":"a.yaml","played":[1,2]}\n{"path":"a.yaml","played":[2,3]}\n',
    '{"path":1}',
    'x',
    '[]',
  ])
    lines.push(
      `played ${text}: ${outcome(() => {
        const list = parsePlayedList(text)
        // Paths are made absolute.
        const used = Array.from(usedInteractions(list), ([path, numbers]) => [relative('', path), numbers])
        return { list, used, again: list.map(formatPlayed) }
      })}`,
    )
  expectKeptLines(new URL('whole-findings.txt', import.meta.url), cut(lines))
})

const DRAWN = 'q7Zr0kLm3XvB9tYp2WdN8sHj5GcF4aEu6'
test('what the second scanner and the search for suspicious values say', () => {
  const texts = [
    'nothing',
    `password=${DRAWN}`,
    `Authorization: Bearer ${DRAWN}`,
    `{"token":"${DRAWN}"}`,
    `ghp_${DRAWN}aaa`,
    Buffer.from(`password=${DRAWN} and more`).toString('base64'),
    Buffer.from(`password=${DRAWN}`).toString('hex'),
    `password%3D${DRAWN}`,
    `https://ada:${DRAWN}@a.test/`,
    `<password>${DRAWN}</password>`,
    `| password | ${DRAWN} |`,
    `password: ${DRAWN}`,
    `"password", "${DRAWN}"`,
    `id=${DRAWN}`,
    `?sig=${DRAWN}`,
    'mysql://root:hunter22@db/x',
    `client_secret = '${DRAWN}'`,
    `aws_secret_access_key = ${DRAWN}aaaaaaa`,
    `AKIA${DRAWN.slice(0, 16).toUpperCase()}`,
    'card 4111111111111111',
    `Set-Cookie: sid=${DRAWN}`,
    `${DRAWN},${DRAWN}`,
    `name,password\nada,${DRAWN}`,
    `-----BEGIN PRIVATE KEY-----\n${DRAWN}${DRAWN}\n-----END PRIVATE KEY-----`,
    `{"a":{"secret_key":"${DRAWN}"}}`,
    `export TOKEN=${DRAWN}`,
    `secret ${DRAWN}`,
    `key is ${DRAWN}.`,
    `{{token.1}} ${DRAWN}`,
  ]
  const lines = texts.map((text) =>
    `${text.replaceAll(DRAWN, '<drawn>')} -> ${shown(scanForSecrets(text, { values: ['hunter22'] }))} | ${shown(findSuspiciousValues(text))}`.replaceAll(
      DRAWN,
      '<drawn>',
    ),
  )
  expectKeptLines(new URL('scans.txt', import.meta.url), cut(lines))
})
