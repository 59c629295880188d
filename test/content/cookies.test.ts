import { expect, test } from '../helpers/test.ts'
import { sentCookies, setCookies, type WrittenCookie } from '../../src/content/cookies.ts'

/** `name=value` each, where the value stands. */
const shown = (text: string, cookies: readonly WrittenCookie[]): readonly string[] =>
  cookies.map(({ name, value, start, end }) => {
    expect(text.slice(start, end)).toBe(value)
    return `${name}=${value}@${start}`
  })

// oxfmt-ignore
const SENT: readonly (readonly [text: string, cookies: readonly string[]])[] = [
  ['',                        []],
  [' ',                       []],
  ['a=b',                     ['a=b@2']],
  ['a=b; c=d',                ['a=b@2', 'c=d@7']],
  ['a=b;c=d;\t e=f',          ['a=b@2', 'c=d@6', 'e=f@12']],
  ['a=b;; c=d;',              ['a=b@2', 'c=d@8']],
  ['a="b c"; d="e',           ['a=b c@3', 'd=e@12']],
  ['a=b"c"',                  ['a=b"c@2']],
  [' a = b ; c=d',            ['a=b@5', 'c=d@11']],
  ['a=b=c==',                 ['a=b=c==@2']],
  ['a=',                      ['a=@2']],
  ['=b',                      ['=b@1']],
  ['b',                       ['=b@0']],
  ['a=b, c=d',                ['a=b, c=d@2']],
]
for (const [text, cookies] of SENT)
  test(`the cookies that are sent in ${JSON.stringify(text)}`, () =>
    expect(shown(text, sentCookies(text))).toEqual(cookies))

// oxfmt-ignore
const SET: readonly (readonly [text: string, cookies: readonly string[]])[] = [
  ['',                                      []],
  ['a=b',                                   ['a=b@2']],
  ['a=b; Path=/; HttpOnly',                 ['a=b@2']],
  ['a="b"; Path=/',                         ['a=b@3']],
  ['a=b; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Secure', ['a=b@2']],
  ['a=b, c=d',                              ['a=b@2', 'c=d@7']],
  ['a=b; Path=/, c=d; Secure, e=f',         ['a=b@2', 'c=d@15', 'e=f@28']],
  ['a=b; Expires=Wed, 21 Oct 2015 07:28:00 GMT,c=d', ['a=b@2', 'c=d@45']],
  ['a=b, c',                                ['a=b, c@2']],
  ['a=b,\tc=d',                             ['a=b@2', 'c=d@7']],
  ['a=b; c=d',                              ['a=b@2']],
  ['; c=d, e=f',                            ['e=f@9']],
]
for (const [text, cookies] of SET)
  test(`the cookies that are set in ${JSON.stringify(text)}`, () =>
    expect(shown(text, setCookies(text))).toEqual(cookies))
