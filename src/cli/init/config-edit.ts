/** What a configuration has to say: a list, under a name, in some object. */
export interface ListSetting {
  /** Such as `setupFiles`. */
  readonly name: string
  /** Such as `wiretape/vitest`. */
  readonly value: string
  /** The property that holds the object, or none: then the configuration itself does. */
  readonly within?: string | undefined
}

/** The text with the setting; `same` if it is there already, `unclear` if an edit could break it. */
export type Edited = { readonly text: string } | 'same' | 'unclear'

/**
 * Adds a value to a configuration that is code, by the smallest edit. The text is not parsed: whatever is not one of a few common shapes,
 * or is there twice, is left to its author.
 */
export function editCode(text: string, setting: ListSetting): Edited {
  const masked = maskedCode(text)
  if (mentions(text, masked, setting.value)) return 'same'
  const { name, value, within } = setting
  const list = placesOf(masked, new RegExp(`(?<![\\w$.])${name}\\s*:\\s*\\[`, 'g'))
  if (list.length === 1)
    return { text: inserted(text, list[0], `'${value}'${followedByItem(masked, list[0]) ? ', ' : ''}`) }
  if (list.length > 1 || new RegExp(`(?<![\\w$.])${name}\\s*[:,}]`).test(masked)) return 'unclear'
  const line = `${name}: ['${value}'],`
  const holder = within === undefined ? [] : placesOf(masked, new RegExp(`(?<![\\w$.])${within}\\s*:\\s*\\{`, 'g'))
  if (holder.length === 1) return { text: insertedLine(text, holder[0], line) }
  if (
    holder.length > 1 ||
    (within !== undefined && new RegExp(`(?<![\\w$.])${within}\\s*[:,}]`).test(withoutImports(masked)))
  )
    return 'unclear'
  const whole = placesOf(masked, CONFIGURATION)
  if (whole.length !== 1) return 'unclear'
  return { text: insertedLine(text, whole[0], within === undefined ? line : `${within}: { ${line.slice(0, -1)} },`) }
}

/** The same for JSON; text that would change elsewhere is left alone. */
export function editJson(text: string, { name, value, within }: ListSetting): Edited {
  const config = parsed(text)
  if (config === undefined) return 'unclear'
  const holder = within === undefined ? config : (config[within] ?? {})
  if (!isObject(holder)) return 'unclear'
  const old = holder[name] ?? []
  const list: readonly unknown[] = Array.isArray(old) ? old : [old]
  if (list.includes(value)) return 'same'
  if (formatted(config, text) !== text) return 'unclear'
  const changed = { ...holder, [name]: [value, ...list] }
  return { text: formatted(within === undefined ? changed : { ...config, [within]: changed }, text) }
}

/** Where the object of a configuration begins. */
const CONFIGURATION =
  /(?:\bdefineConfig\s*\(\s*|\bmodule\.exports\s*=\s*|\bexport\s+default\s+|\bconst\s+\w*[cC]onfig\s*(?::[^={]*)?=\s*)\{/g

/** Comments and what is inside of strings as blanks: what is found elsewhere is code. */
export function maskedCode(text: string): string {
  return text.replaceAll(
    /\/\/[^\n]*|\/\*[^]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g,
    (found) => {
      const isComment = found.startsWith('/')
      return found.replaceAll(/[^\n]/g, (letter, at) =>
        !isComment && (at === 0 || at === found.length - 1) ? letter : ' ',
      )
    },
  )
}

/** Whether the value stands in a string, and not in a comment. */
function mentions(text: string, masked: string, value: string): boolean {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const lineStart = text.lastIndexOf('\n', at) + 1
    if (/['"`]/.test(text[at - 1] ?? '') && !text.slice(lineStart, at).includes('//') && masked[at] === ' ') return true
  }
  return false
}

const withoutImports = (masked: string): string => masked.replaceAll(/^\s*import\b.*$/gm, '')

/** The places after all matches. */
const placesOf = (masked: string, pattern: RegExp): readonly number[] =>
  Array.from(masked.matchAll(pattern), (match) => match.index + match[0].length)

const followedByItem = (masked: string, place = 0): boolean => !/^\s*\]/.test(masked.slice(place))

const inserted = (text: string, place = 0, more = ''): string => text.slice(0, place) + more + text.slice(place)

/** A line of its own below the brace, indented as the next one is; in the same line, if that goes on. */
function insertedLine(text: string, place = 0, line = ''): string {
  const [, eol = '', indent = ''] = /^[ \t]*(\r?\n)([ \t]*)/.exec(text.slice(place)) ?? []
  if (eol === '') return inserted(text, place, inLine(text.slice(place), line))
  const next = text.slice(place).replace(/^[ \t]*\r?\n[ \t]*/, '')
  const own = next.startsWith('}') ? `${indent}  ` : indent
  return inserted(text, place, `${eol}${own}${line}`)
}

/** The brace of an object in one line: the last item has no comma. */
function inLine(rest: string, line: string): string {
  if (rest.startsWith('}')) return ` ${line.slice(0, -1)} `
  return /^\s*\}/.test(rest) ? ` ${line.slice(0, -1)}` : ` ${line}`
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** As the text is: its indentation, and whether it ends in a line end. */
function formatted(config: object, like: string): string {
  const indent = /^\{\r?\n([ \t]+)/.exec(like)?.[1] ?? ''
  return JSON.stringify(config, null, indent) + (like.endsWith('\n') ? '\n' : '')
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
