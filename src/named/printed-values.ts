import type { Matters, Visit } from './named-value.ts'

/** What programs print of a value between whose name and it there is more: a type, a length, a call such as that of a type which hides it. */
export function readPrinted(text: string, matters: Matters, visit: Visit): void {
  for (const [mark, before, after] of PRINTS)
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) {
      const name = before.exec(text.slice(Math.max(0, at - LONGEST_BEFORE), at))?.[1]
      if (name === undefined || !matters(name)) continue
      after.lastIndex = at
      const [all = '', value = ''] = after.exec(text) ?? []
      const start = at + all.lastIndexOf(value)
      if (value !== '') visit({ name, start, end: start + value.length })
    }
}

const LONGEST_BEFORE = 160
const CALL = /([A-Za-z_][\w.-]{0,80})["']?\s?[:=]{1,2}\s?(?:new\s)?[A-Za-z][\w.]{0,40}$/

/** A name and the beginning of `==`, `===`, `!=` or `!==`. */
const COMPARED = /(?<![\w$.-])([A-Za-z_$][\w$.-]{0,80})["')\]]{0,2}\s?[=!]?$/

/** What is in each of a kind after the name; the name, up to that; the value, from there on. PHP has the first three, Erlang the next. */
// oxfmt-ignore
const PRINTS: readonly (readonly [mark: string, before: RegExp, after: RegExp])[] = [
  [']=>', /\["([\w.:-]{1,80})"(?::[\w:"]{1,60})?$/, /\]=>\s{1,40}string\(\d{1,9}\) "([^"\r\n]{1,8192})"/y],
  ['=> ', /(?:^|\n)[ \t]*\[([\w.-]{1,80})(?::\w{1,60}){0,2}\] $/, /=> (\S[^\r\n]{0,8191})/y],
  [';s:', /\bs:\d{1,3}:"([\w.-]{1,80})"$/, /;s:\d{1,9}:"([^"\r\n]{1,8192})"/y],
  ['<<"', /([a-z_]\w{0,80})['"]?(?:,\s?| => )$/, /<<"([^"\r\n]{1,8192})">>/y],
  ['("', CALL, /\("([^"\r\n]{1,8192})"/y],
  ['== "', COMPARED, /== "([^"\r\n]{1,8192})"/y],
  ["== '", COMPARED, /== '([^'\r\n]{1,8192})'/y],
  ['!= "', COMPARED, /!= "([^"\r\n]{1,8192})"/y],
  ["!= '", COMPARED, /!= '([^'\r\n]{1,8192})'/y],
  ["('", CALL, /\('([^'\r\n]{1,8192})'/y],
]
