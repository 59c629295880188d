import { LocalProtocolError } from '../errors.ts'

/** Says whether a request matches. */
export type RequestPattern = (method: string, target: string) => boolean

/**
 * Parses `GET /users/*`, or `* /users`: a method and a target, in which `*` matches anything.
 *
 * @throws LocalProtocolError `INVALID_OPTION` for anything else.
 */
export function requestPattern(text: string, option: string): RequestPattern {
  const [, method = '', target = ''] = /^(\S+) (\/\S*|\*)$/.exec(text) ?? []
  if (method === '')
    throw new LocalProtocolError('INVALID_OPTION', `${option}: ${JSON.stringify(text)} is not like GET /users/*`)
  const [methods, targets] = [globPattern(method), globPattern(target)]
  return (asked, at) => methods.test(asked) && targets.test(at)
}

/** A text in which `*` stands for anything. */
export const globPattern = (text: string): RegExp => new RegExp(`^${text.split('*').map(escaped).join('[^]*')}$`)

/** Escapes the text for a regular expression. */
export const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
