import type { Matters, Visit } from './named-value.ts'

/** How a program prints a value whose name does not stand beside it: with a type, a length or a call between them. */
interface Print {
  /** What is in each of them, after the name. */
  readonly mark: string
  /** The name, up to the mark. */
  readonly before: RegExp
  /** The value, from the mark on. */
  readonly after: RegExp
}

/** What programs print of a value: PHP, Erlang, and any in which a call stands around it, such as that of a type which hides it. */
export function readPrinted(text: string, matters: Matters, visit: Visit): void {
  for (const { mark, before, after } of PRINTS)
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) {
      const name = before.exec(text.slice(Math.max(0, at - LONGEST_BEFORE), at))?.[1]
      if (name === undefined || !matters(name)) continue
      after.lastIndex = at
      const [all, value = ''] = after.exec(text) ?? []
      if (all === undefined || value === '') continue
      const start = at + all.lastIndexOf(value)
      visit({ name, start, end: start + value.length })
    }
}

const LONGEST_BEFORE = 160
const CALL = /([A-Za-z_][\w.-]{0,80})["']?\s?[:=]{1,2}\s?(?:new\s)?[A-Za-z][\w.]{0,40}$/

const PRINTS: readonly Print[] = [
  {
    mark: 'string(',
    before: /\["([\w.:-]{1,80})"(?::[\w:"]{1,60})?\]=>\s{1,40}$/,
    after: /string\(\d{1,9}\) "([^"\r\n]{1,8192})"/y,
  },
  { mark: '] => ', before: /(?:^|\n)[ \t]*\[([\w.-]{1,80})(?::\w{1,60}){0,2}$/, after: /\] => (\S[^\r\n]{0,8191})/y },
  { mark: '";s:', before: /\bs:\d{1,3}:"([\w.-]{1,80})$/, after: /";s:\d{1,9}:"([^"\r\n]{1,8192})"/y },
  { mark: '<<"', before: /([a-z_]\w{0,80})['"]?(?:,\s?| => )$/, after: /<<"([^"\r\n]{1,8192})">>/y },
  { mark: '("', before: CALL, after: /\("([^"\r\n]{1,8192})"/y },
  { mark: "('", before: CALL, after: /\('([^'\r\n]{1,8192})'/y },
  { mark: "(b'", before: CALL, after: /\(b'([^'\r\n]{1,8192})'/y },
]
