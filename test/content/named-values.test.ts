import { test } from '../helpers/test.ts'
import { expectKeptLines, inOneLine, linesOf } from '../helpers/outcomes.ts'
import { readAssignments } from '../../src/named/assignments.ts'
import { sentCookies, setCookies } from '../../src/content/cookies.ts'
import { readElements } from '../../src/named/elements.ts'
import { JsonMembers, jsonNumberAt, jsonValueEnd } from '../../src/content/json-members.ts'
import { readFlowMaps, readLines } from '../../src/named/named-lines.ts'
import { readPrinted } from '../../src/named/printed-values.ts'
import { readDefaults, readNextWord, readQuotedPairs } from '../../src/named/quoted-pairs.ts'
import { readColumns, readMarkdownRows } from '../../src/named/tables.ts'
import { writtenPairs } from '../../src/content/form-fields.ts'

interface Found {
  readonly name: string
  readonly start: number
  readonly end: number
}

/** Each reader of named values; a name that begins with `no` does not matter. */
const matters = (name: string): boolean => !name.startsWith('no')
const READERS: Readonly<Record<string, (text: string, visit: (found: Found) => void) => void>> = {
  assignments: (text, visit) => readAssignments(text, matters, visit),
  elements: (text, visit) => readElements(text, matters, visit),
  lines: (text, visit) => readLines(text, matters, visit),
  'flow maps': (text, visit) => readFlowMaps(text, matters, visit),
  printed: (text, visit) => readPrinted(text, matters, visit),
  'quoted pairs': (text, visit) => readQuotedPairs(text, matters, visit),
  defaults: (text, visit) => readDefaults(text, matters, visit),
  rows: (text, visit) => readMarkdownRows(text, matters, visit),
  columns: (text, visit) => readColumns(text, matters, visit),
  'next word': (text, visit) => readNextWord(text, { name: 'word', at: text.indexOf(' ') }, visit),
  'sent cookies': (text, visit) => sentCookies(text).forEach(visit),
  'set cookies': (text, visit) => setCookies(text).forEach(visit),
  form: (text, visit) => {
    for (const { name, value } of writtenPairs(text)) visit({ name, start: value?.start ?? 0, end: value?.end ?? 0 })
  },
  members: (text, visit) => {
    for (const { name, nameStart, at } of new JsonMembers(matters).in(text))
      visit({ name: `${name}@${nameStart} ${jsonNumberAt(text, at) ?? '-'}`, start: at, end: jsonValueEnd(text, at) })
  },
}

/** `name=value` as it stands in the text, with whatever else a reader says. */
function shownOf(text: string, { name, start, end, ...rest }: Found): string {
  const more = Object.entries(rest).flatMap(([key, value]: [string, unknown]) => {
    if (value === true) return [key]
    if (typeof value === 'string' && key !== 'value') return [`${key} ${value}`]
    return typeof value === 'object' && value !== null && 'start' in value && 'end' in value
      ? [`${key} ${text.slice(Number(value.start), Number(value.end))}`]
      : []
  })
  return inOneLine(`${name}=${start}:${text.slice(start, end)}${more.length === 0 ? '' : ` (${more.join(', ')})`}`)
}

const LONG = 'abcdefghij'
const TEXTS: readonly string[] = [
  // Assignments.
  'a=b', 'a=b&c=d;e=f g=h', 'a = b', 'a  = b', 'a\t=\tb', 'a:=b', 'a := b', 'a||=b', 'a ||= b', 'a??=b', 'a ??= b', 'a?=b', 'a ?= b', 'a|=b', 'a==b', 'a => b', 'a=>b', 'a === b', '=b', ' =b', 'no=b', 'a%62c=d', '"a"=b', '"a" = "b"',
  'a="b c"', "a='b c'", 'a=`b\nc`', 'a="b', "a='b", 'a=@"b"', 'a=$"b"', 'a=r"b"', "a=rb'b'", 'a=rbu"b"', 'a=b"c"', 'a=f("b")', 'a=f(b)', "a= g.h['b']", 'a=f"b"', 'a=b,c', 'a=b,c=d', 'a=b,c d', 'a=,b', 'a=b<c', 'a=b>c', 'a="b"c"',
  'a = ["b", "c"]', 'a = {d: "b", "e": "c"}', 'a=["b"]', 'a = [b]', 'a =  ["b"]', 'a\\=b', 'a=b\\', 'a="b\\"', 'a=b\\nc=d', 'a=b\\r\\n', 'a=b\\n-', 'a=b\\nc', 'a=b]]>', 'a=b]>', 'a[b]=c', 'a.b-c~d+e:f=g', 'a=a=a=a=a=a=b', '\xbfa=b', `${LONG.repeat(10)}=a`, `${LONG.repeat(10)}k=a`,
  `a = "b" # c`, 'a=                 b', `a = [${'"b", '.repeat(3000)}]`,
  // Elements.
  '<a>b</a>', '<a> b </a>', '<a x="y">b</a>', '<no>b</no>', '<a><c>b</c></a>', '<a>b<!-- c -->d</a>', '<a><![CDATA[b]]></a>', '<a><![CDATA[b', '<a>b', '<a>b c', '<a>b</', '<a>b</a', '<a/>b', '<a>b<c/>d</a>', '<a><no>b</no></a>', '<x:a>b</x:a>', '<a>b</c>', '<A>b</a>',
  '<key>a</key><string>b</string>', '<key>a</key>\n  <string>b</string>', '<key>no</key><string>b</string>', '<name>a</name><value>b</value>', '<name>a</name><value><string>b</string></value>', '<dt>a</dt><dd>b</dd>', '<th>a</th><td>b</td>', '<td>a</td><td>b</td>', '<Key>a</Key><Value>b</Value>', '<ParameterKey>a</ParameterKey><ParameterValue>b</ParameterValue>',
  '<input name="a" value="b">', '<input value="b" name="a">', "<input name='a' value='b'/>", '<input name=a value=b>', '<input name="a">', '<input value="b">', '<meta name="a" content="b">', '<meta content="b" property="a">', '<add key="a" value="b"/>', '<entry key="a">b</entry>', '<property name="a" value="b"/>', '<x id="a" value="b"/>', '<input name="no" value="b">', '<textarea name="a">b</textarea>', '<setting name="a"><value>b</value></setting>', `<a ${'x'.repeat(1001)}>b</a>`,
  // Lines.
  'A: b', 'A: b\r\nC: d\n', 'A:b', 'A :b', 'A  :b', 'A   :b', 'A:: b', 'A:/b', 'A: b # c', 'A: "b # c" # d', "A: 'b'", 'A: "b', "A: 'b", 'A: b\n c\n d', 'A: b\n c: d', '- a: b', '  - a: b', '- - - a: b', '- - - - a: b', '* A: b', '> A: b', '< A: b', '| A: b', '# A: b', '? a: b', '"a": b', "'a': b", 'no: b', 'a: [b]', 'a: {b: c}', 'a: {SSHA}b', 'a: {S}b', 'a: |\n  b\n  c\n', 'a: >-\n  b', 'a: |2\n  b', 'x="a: |\n b\n c"', '`a: >\n b`', '>a: |\n b',
  '\xef\xbb\xbfa: b', '- name: a\n  value: b', '- value: b\n  name: a', '- name: a\n  other: c\n  value: b', '- name: a\n  x: y\n  z: w\n  value: b', '- name: no\n  value: b', 'name: a\n  value: b', '- key: "a"\n  value: "b"', '- name: a\r\n  value: b\r\n', 'value: b\nkey: a', 'value: b\n\nkey: a', 'a: b\rc: d', '_: b', '1a: b', `${LONG.repeat(6)}a: b`, `${LONG.repeat(6)}ab: c`,
  // Maps in one line.
  '{a: bcd}', '{a: bc}', '{ab: bcd}', '{ab: bc}', '{ab: bcd, ef: ghi}', 'map[ab:bcd ef:ghi]', '[ab:bcd]', '{ab:bcd}', '{ab: "bcd"}', '{no: bcd}', '{ab:  bcd}', '{ab: bcd', '(ab: bcd)', ' ab: bcd ',
  // Printed.
  'array(1) {\n  ["a"]=>\n  string(3) "bcd"\n}', '["a":protected]=>\n string(3) "bcd"', '["a":"X":private]=> string(3) "bcd"', '["a"]=> int(3)', '["no"]=> string(1) "b"', '    [a] => b c\n', '[a:protected] => b', '[a:X:private] => b', 'x [a] => b', 's:1:"a";s:3:"bcd";', 's:1:"a";i:3;', '{a,<<"bcd">>}', "'a' => <<\"bcd\">>", 'a, <<"bcd">>', 'A,<<"b">>', 'a: Secret("bcd")', 'a=Secret("bcd")', "a = new Secret('bcd')", 'a: Secret(bcd)', 'a := f.g("bcd")', 'no: Secret("bcd")', 'a: Secret("")',
  // Pairs in quotes.
  "a: 'b'", 'a: "b"', 'a: `b`', "{a: 'b'}", "{'a': 'b'}", "{ 'a' : 'b' }", '{"a": \'b\'}', "a:'b'", "x.a: 'b'", 'a: """b"c"""', 'a: """b', "a : 'b'", "a  : 'b'", "no: 'b'", "['a', 'b']", '["a", "b"]', '("a", "b")', ', "a", "b"', '"a", "b"', '["a",  "b"]', '["no", "b"]', '["x", "a", "b"]', "['ab', 'cd']", '["ab", "cd"]', '("ab", \'cd\')', '["ab", ""]', '["ab", cd]', '["a=b", "cd"]', "'ab' => 'cd'", '"ab" => "cd"', ':ab => "cd"', 'ab => "cd"', "x['ab'] = 'cd'", 'x["ab"]="cd"', 'x[ab] = "cd"', 'ab=>"c\\"d"', "'no' => 'cd'", `["${LONG.repeat(8)}", "cd"]`, `["${LONG.repeat(8)}a", "cd"]`,
  'let ab: String = "cd"', 'let ab: &str = "cd"', 'val ab: String? = "cd"', 'const ab: string ="cd"', 'ab: Map<string, X> = "cd"', 'ab: string = cd', '-H "Ab: cd"', "-H 'Ab: cd'", '-H "Ab: cd\\r\\nE: f"', '-H "Ab: cd\'', '"\\"Ab: cd\\""', '-H "Ab:cd"', 'Your ab: cdef.', 'Your ab: cde', 'Your ab: cdef!', 'Your ab: cdef?', 'Your ab: cdef!?', 'Your ab cd: efgh', 'Your a-b: cdef, gh', 'Your ab:  cdef', 'Your ab:     cdef', 'Your ab:      cdef', 'at 12:34 cdef', 'a12: cdef', '12: cdef', 'http://ab: cdef', 'ab:// cdef',
  // Defaults.
  "env.AB || 'cdefgh'", 'env.AB ?? "cdefgh"', 'env["AB"] || "cdefgh"', 'get("AB") or "cdefgh"', 'get("AB") { "cdefgh" }', "AB ?: 'cdefgh'", "AB || 'cdefg'", "A || 'cdefgh'", 'ABC | "cdefgh"', '${AB:cdefgh}', '${AB:-cdefgh}', '${AB:=cdefgh}', '${A:cdefgh}', '${AB:cdefg}', '${AB:cd efgh}', '${AB}', '${nob:cdefgh}',
  // Tables.
  '| ab | cde |', '| ab | cd |', '| `ab` | `cde` |', '| **ab** | cde |', '|ab|cde|', '| ab | --- |', '| no | cde |', 'x | ab | cde |', '| ab | cde', '|ab|cde|\n|fg|hij|', '| a | cde |', '| ab | cde fgh |',
  'ab,cd\nef,gh', 'ab;cd\nef;gh\n', 'ab\tcd\nef\tgh', 'ab|cd\nef|gh', 'ab,cd\r\nef,gh\r\n', '"ab","cd"\n"e,f","g""h"', 'ab,cd\nef', 'ab,cd\nef,gh,ij', 'ab,cd\n,gh', 'ab,no\nef,gh', 'no,nob\nef,gh', 'a\nb', 'ab, cd\n ef , gh ', '\xef\xbb\xbfab,cd\nef,gh', 'ab,1\nef,gh', 'ab,{}\nef,gh', 'ab\nef', 'a,b\nc,d', 'ab,cd\n"ef,gh', 'ab,cd\n"ef" ,gh', 'ab;c,d\nef;g,h', `${'ab,'.repeat(665)}abcd\nx`, `${'ab,'.repeat(666)}abc\nx`,
  // Cookies.
  'a=b; c=d', 'a=b;c=d', 'a="b"; c="d', 'a= b ;\tc = d ', 'a; =b; ; c', 'a=b, c=d; Path=/, e=f', 'a=b; Expires=Wed, 21 Oct 2026 07:28:00 GMT, c=d', 'a=b; c=d=e', 'a=b,c',
  // Members of JSON.
  '{"a":"b"}', '{"a" : "b"}', '{"a":1.5e+3}', '{"a":-1,"b":true}', '{"a":{"b":"c"},"d":["e",{"f":"g"}]}', '{"no":"b"}', '{"a\\u0062":"c"}', '{\\"a\\":\\"b\\"}', '{"a\\"b":"c"}', '{"a\\\\":"b"}', '{"a\n":"b"}', '{"a":"b', '{"a":["b"', '{"a":', 'a":"b"', '":"b"', `{"${LONG.repeat(20)}":1}`, `{"${LONG.repeat(20)}a":1}`, `{"a"${' '.repeat(100)}:1}`, `{"a"${' '.repeat(101)}:1}`, `{"a":${' '.repeat(101)}1}`,
]

const cut = (text: string): string => (text.length > 120 ? `${text.slice(0, 60)}+${text.length}+${text.slice(-20)}` : text)

function foundBy(read: (text: string, visit: (found: Found) => void) => void, text: string): string {
  const found: string[] = []
  read(text, (value) => void found.push(cut(shownOf(text, value))))
  return `${found.slice(0, 8).join(' | ')}${found.length > 8 ? ` and ${found.length - 8} more` : ''}`
}

test('what each reader of named values finds in texts of each kind', () => {
  const lines = new Map(
    TEXTS.map((text) => {
      const readers = Object.entries(READERS).filter(([name]) => !/cookies|form/.test(name) || /[;&]/.test(text))
      const found = readers.map(([name, read]) => [name, foundBy(read, text)] as const)
      return [cut(inOneLine(text)), found.filter(([, all]) => all !== '').map(([name, all]) => `${name}: ${all}`)]
    }),
  )
  expectKeptLines(new URL('named-values.txt', import.meta.url), linesOf(lines))
})
