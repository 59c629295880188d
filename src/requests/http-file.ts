import { FORM_TYPE } from '../content/form-fields.ts'
import { isMultipart, mediaTypeOf } from '../content/media-type.ts'
import { UserError } from '../console/failure.ts'

/**
 * Parses requests as editors keep them in `.http` and `.rest` files: one after the other, with `###` between them.
 *
 * Nothing is replaced yet: `{{name}}` is known when the request is sent.
 */
export interface HttpFile {
  readonly path: string
  readonly requests: readonly HttpFileRequest[]
}

export interface HttpFileRequest {
  /** The name under which later requests quote the answer. */
  readonly name: string | undefined
  /** Line of the request line, from 1. */
  readonly line: number
  readonly method: string
  readonly url: string
  readonly headers: readonly HeaderTemplate[]
  readonly body: readonly BodyTemplate[]
  /** The `@name = value` lines above the request. */
  readonly variables: ReadonlyMap<string, string>
}

export interface HeaderTemplate {
  readonly name: string
  readonly value: string
}

export type BodyTemplate =
  | { readonly type: 'text'; readonly text: string }
  /** `hasVariables`: the file is text in which variables are replaced. */
  | { readonly type: 'file'; readonly path: string; readonly hasVariables: boolean }

/** @throws UserError `HTTP_FILE_INVALID` with the line that cannot be read or is not supported. */
export function parseHttpFile(path: string, text: string): HttpFile {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  const parser = new HttpFileParser(path)
  for (const [index, line] of lines.entries()) parser.add(line, index + 1)
  return { path, requests: parser.finish() }
}

/** An error in a line of the file. */
export const httpFileError = (path: string, line: number, problem: string): UserError =>
  new UserError('HTTP_FILE_INVALID', `${path}:${line}: ${problem}`)

interface Draft {
  readonly name: string | undefined
  readonly line: number
  readonly method: string
  url: string
  readonly headers: HeaderTemplate[]
  readonly body: string[]
}

class HttpFileParser {
  readonly #path: string
  readonly #requests: HttpFileRequest[] = []
  #variables: ReadonlyMap<string, string> = new Map()
  #name: string | undefined
  #draft: Draft | undefined
  #part: 'before' | 'url' | 'headers' | 'body' = 'before'

  constructor(path: string) {
    this.#path = path
  }

  add(line: string, number: number): void {
    const separator = /^###(.*)$/.exec(line)
    if (separator !== null) {
      this.#endRequest()
      this.#name = /^\s*([\w-]+)\s*$/.exec(separator[1] ?? '')?.[1]
      return
    }
    if (this.#part === 'body') return this.#addToBody(line, number)
    if (/^\s*(?:#|\/\/)/.test(line)) return this.#addComment(line)
    switch (this.#part) {
      case 'before':
        return this.#addBefore(line, number)
      case 'url':
        if (/^\s+\S/.test(line)) return this.#addToUrl(line.trim())
        this.#part = 'headers'
        return this.#addHeader(line, number)
      case 'headers':
        return this.#addHeader(line, number)
    }
  }

  finish(): readonly HttpFileRequest[] {
    this.#endRequest()
    return this.#requests
  }

  #addComment(line: string): void {
    const name = /^\s*(?:#|\/\/)\s*@name\s*[=\s]\s*([\w-]+)\s*$/.exec(line)?.[1]
    // Within a request it names none: each `###` begins without a name.
    if (name !== undefined) this.#name = name
  }

  #addBefore(line: string, number: number): void {
    if (line.trim() === '') return
    const variable = /^\s*@([\w.-]+)\s*=\s*(.*?)\s*$/.exec(line)
    if (variable !== null) {
      this.#variables = new Map(this.#variables).set(variable[1] ?? '', variable[2] ?? '')
      return
    }
    this.#refuseScript(line, number)
    const [, method = 'GET', rest = ''] = /^\s*(?:([A-Z][A-Z-]*)\s+)?(.*?)\s*$/.exec(line) ?? []
    const [, url = rest, version] = /^(.*?)\s+HTTP\/(\S+)$/.exec(rest) ?? []
    if (version !== undefined && version !== '1.1')
      this.#refuse(number, `HTTP/${version} is not supported, only HTTP/1.1`)
    if (OTHER_PROTOCOLS.has(method)) this.#refuse(number, `${method} is not a request that can be recorded`)
    if (/^curl\s/.test(line)) this.#refuse(number, 'give curl commands on the command line; the options are the same')
    this.#draft = { name: this.#name, line: number, method, url, headers: [], body: [] }
    this.#part = 'url'
  }

  /** The query may be on lines of its own. */
  #addToUrl(more: string): void {
    if (this.#draft !== undefined) this.#draft.url += more
  }

  #addHeader(line: string, number: number): void {
    if (line.trim() === '') {
      this.#part = 'body'
      return
    }
    const [, name, value = ''] = /^([^\s:]+)\s*:\s*(.*?)\s*$/.exec(line) ?? []
    if (name === undefined) this.#refuse(number, "expected 'Name: value', or an empty line before the body")
    this.#draft?.headers.push({ name, value })
  }

  #addToBody(line: string, number: number): void {
    this.#refuseScript(line, number)
    this.#draft?.body.push(line)
  }

  /** Ignoring them would change this request, or the next one. */
  #refuseScript(line: string, number: number): void {
    if (/^\s*[<>]\s*\{%/.test(line))
      this.#refuse(number, 'scripts are not run; use `useCassette` in a script of your own')
    if (/^(?:>>!?|<>)\s+\S/.test(line)) this.#refuse(number, 'answers are kept in the cassette; remove this line')
  }

  #endRequest(): void {
    const draft = this.#draft
    if (draft !== undefined) {
      const { body, ...request } = draft
      this.#requests.push({ ...request, body: bodyTemplates(body, draft.headers), variables: this.#variables })
    }
    this.#draft = undefined
    this.#part = 'before'
  }

  #refuse(line: number, problem: string): never {
    throw httpFileError(this.#path, line, problem)
  }
}

/** Words before a URL that have a special meaning in other editors. */
const OTHER_PROTOCOLS: ReadonlySet<string> = new Set(['GRAPHQL', 'GRPC', 'WEBSOCKET', 'RSOCKET'])

/** The lines as text, except those that name a file; blank lines at the end are only for readers. */
function bodyTemplates(lines: readonly string[], headers: readonly HeaderTemplate[]): readonly BodyTemplate[] {
  const written = lines.slice(0, lines.findLastIndex((line) => line.trim() !== '') + 1)
  const type = headers.find(({ name }) => name.toLowerCase() === 'content-type')?.value ?? ''
  const parts: BodyTemplate[] = []
  for (const [index, line] of written.entries()) {
    const [, hasVariables, path] = /^<(@(?:[\w-]*))?\s+(\S.*?)\s*$/.exec(line) ?? []
    const before = index === 0 ? '' : lineEnd(type, line)
    if (before !== '') addText(parts, before)
    if (path === undefined) addText(parts, line)
    else parts.push({ type: 'file', path, hasVariables: hasVariables !== undefined })
  }
  return parts
}

/** Lines of a multipart body end in CRLF (RFC 2046 section 5.1); fields of a form may be on lines of their own. */
function lineEnd(type: string, next: string): string {
  const media = mediaTypeOf(type)
  if (isMultipart(media)) return '\r\n'
  return media.essence === FORM_TYPE && next.startsWith('&') ? '' : '\n'
}

function addText(parts: BodyTemplate[], text: string): void {
  const last = parts.at(-1)
  if (last?.type === 'text') parts[parts.length - 1] = { type: 'text', text: last.text + text }
  else parts.push({ type: 'text', text })
}
