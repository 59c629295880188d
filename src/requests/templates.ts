import { jsonDocument } from '../content/json-content.ts'
import { randomInt, randomUUID } from 'node:crypto'
import { httpFileError, type HttpFile, type HttpFileRequest } from './http-file.ts'
import { systemNow } from '../timers.ts'

/** An answer that later requests of the same file may quote. */
export interface NamedAnswer {
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The content, decoded. */
  readonly body: string
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Where the values for `{{name}}` come from. */
export interface TemplateContext {
  readonly file: HttpFile
  readonly request: HttpFileRequest
  /** From the command line; these win. */
  readonly variables: ReadonlyMap<string, string>
  readonly env: Environment
  /** The answer to an earlier request of that name; rejects if there was none. */
  readonly answerTo: (name: string) => Promise<NamedAnswer>
}

/**
 * Checks before the first request that everything in double braces is known.
 *
 * @throws UserError `HTTP_FILE_INVALID` with the line of the request.
 */
export function checkTemplates(file: HttpFile, variables: ReadonlyMap<string, string>, env: Environment): void {
  const answered = new Set<string>()
  for (const request of file.requests) {
    const known = new Map([...request.variables, ...variables])
    for (const text of templatesOf(request)) checkTemplate(text, { file, request, known, answered, env, within: [] })
    if (request.name !== undefined) answered.add(request.name)
  }
}

/** The text with a value for each `{{name}}`. */
export async function fillTemplate(text: string, context: TemplateContext): Promise<string> {
  const parts = text.split(REFERENCE)
  const filled = await Promise.all(parts.map(async (part, place) => (place % 2 === 0 ? part : valueOf(part, context))))
  return filled.join('')
}

/** The name is the only group, so `split` returns text and names in turn. */
const REFERENCE = /\{\{\s*([^{}]+?)\s*\}\}/

function templatesOf({ url, headers, body }: HttpFileRequest): readonly string[] {
  const texts = body.map((part) => (part.type === 'text' ? part.text : part.path))
  return [url, ...headers.flatMap(({ name, value }) => [name, value]), ...texts]
}

interface CheckContext {
  readonly file: HttpFile
  readonly request: HttpFileRequest
  readonly known: ReadonlyMap<string, string>
  readonly answered: ReadonlySet<string>
  readonly env: Environment
  /** The variables whose values are being checked. */
  readonly within: readonly string[]
}

function checkTemplate(text: string, context: CheckContext): void {
  const { file, request, known, answered, env, within } = context
  const refuse = (problem: string): never => {
    throw httpFileError(file.path, request.line, problem)
  }
  for (const [, reference = ''] of text.matchAll(new RegExp(REFERENCE, 'g'))) {
    const quoted = ANSWER_REFERENCE.exec(reference)
    if (quoted !== null) {
      if (!answered.has(quoted[1] ?? '')) refuse(`{{${reference}}}: no request above has \`# @name ${quoted[1]}\``)
    } else if (reference.startsWith('$')) {
      if (systemValue(reference, env) === undefined) refuse(`{{${reference}}} has no value; known are ${SYSTEM_VALUES}`)
    } else if (within.includes(reference)) {
      refuse(`{{${reference}}} refers to itself`)
    } else {
      const value = known.get(reference)
      if (value === undefined)
        refuse(`{{${reference}}} has no value; write @${reference} = ... above, or --var ${reference}=...`)
      else checkTemplate(value, { ...context, within: [...within, reference] })
    }
  }
}

async function valueOf(reference: string, context: TemplateContext): Promise<string> {
  const [, name, part, path = ''] = ANSWER_REFERENCE.exec(reference) ?? []
  const { file, request, variables, env } = context
  const refuse = (problem: string): never => {
    throw httpFileError(file.path, request.line, `{{${reference}}}: ${problem}`)
  }
  if (name !== undefined) {
    const answer = await context.answerTo(name)
    const quoted = part === 'headers' ? headerOf(answer, path) : jsonValueAt(answer.body, path)
    return quoted ?? refuse(`the answer to ${name} has nothing there`)
  }
  if (reference.startsWith('$')) {
    return systemValue(reference, env) ?? refuse('it has no value')
  }
  const value = variables.get(reference) ?? request.variables.get(reference)
  return value === undefined ? refuse('it has no value') : fillTemplate(value, context)
}

const ANSWER_REFERENCE = /^([\w-]+)\.response\.(body|headers)(?:\.(.+)|)$/

function headerOf({ headers }: NamedAnswer, wanted: string): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === wanted.toLowerCase())?.[1]
}

/** `$.users[0].name`, `*` or nothing for the whole body; text as it is, anything else as JSON. */
function jsonValueAt(body: string, path: string): string | undefined {
  if (path === '' || path === '*') return body
  let value: unknown = parsed(body)
  for (const [, name, index, quoted] of path.replace(/^\$/, '').matchAll(PATH_STEP)) {
    const key = name ?? index ?? quoted ?? ''
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
  }
  return typeof value === 'string' || value === undefined ? value : JSON.stringify(value)
}

const PATH_STEP = /\.?([\w$-]+)|\[(\d+)\]|\[['"]([^'"]*)['"]\]/g

const parsed = (body: string): unknown => jsonDocument(body)?.value

const SYSTEM_VALUES = '$guid, $uuid, $timestamp, $isoTimestamp, $randomInt MIN MAX, $processEnv NAME'

/** Values that editors generate. */
function systemValue(reference: string, env: Environment): string | undefined {
  const [name = '', first = '', second = ''] = reference.split(/\s+/)
  switch (name) {
    case '$guid':
    case '$uuid':
    case '$random.uuid':
      return randomUUID()
    case '$timestamp':
      return String(Math.floor(systemNow() / 1000))
    case '$isoTimestamp':
      return new Date(systemNow()).toISOString()
    case '$randomInt': {
      const [low, high] = [Number(first === '' ? 0 : first), Number(second === '' ? 1000 : second)]
      return Number.isSafeInteger(low) && Number.isSafeInteger(high) && low < high
        ? String(randomInt(low, high))
        : undefined
    }
    case '$processEnv':
      return env[first]
    default:
      return undefined
  }
}
