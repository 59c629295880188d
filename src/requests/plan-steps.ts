import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { UserError } from '../console/failure.ts'
import { type CurlOptions, hasRequestOptions, planCurlRequest, withOptionHeaders } from './curl-options.ts'
import { type BodyTemplate, type HttpFile, httpFileError, type HttpFileRequest, parseHttpFile } from './http-file.ts'
import type { HeaderLines, PlannedRequest } from './planned-request.ts'
import type { Step } from './run-requests.ts'
import { checkTemplates, type Environment, fillTemplate, type TemplateContext } from './templates.ts'

/** URLs, and files of requests, in the order of the command line. */
export type Target = { readonly url: URL } | { readonly file: string }

export interface PlanOptions extends CurlOptions {
  readonly variables: ReadonlyMap<string, string>
  readonly env: Environment
}

/**
 * Returns the requests of the command line. All files are read now.
 *
 * @throws UserError before the first request, if something cannot be understood.
 */
export async function planSteps(targets: readonly Target[], options: PlanOptions): Promise<readonly Step[]> {
  const steps = await Promise.all(
    targets.map((target) => ('url' in target ? urlSteps(target.url, options) : fileSteps(target.file, options))),
  )
  return steps.flat()
}

async function urlSteps(url: URL, options: PlanOptions): Promise<readonly Step[]> {
  const request = await planCurlRequest(url, options)
  return [{ title: `${request.method} ${url.href}`, name: undefined, plan: () => Promise.resolve(request) }]
}

async function fileSteps(file: string, options: PlanOptions): Promise<readonly Step[]> {
  if (hasRequestOptions(options)) {
    throw new UserError(
      'INVALID_OPTION',
      `${file} says which methods and bodies its requests have; only headers can be added`,
    )
  }
  const parsed = parseHttpFile(file, await readFile(file, 'utf8'))
  if (parsed.requests.length === 0) throw new UserError('HTTP_FILE_INVALID', `${file}: it has no requests`)
  checkTemplates(parsed, options.variables, options.env)
  return Promise.all(parsed.requests.map((request) => fileStep(parsed, request, options)))
}

async function fileStep(file: HttpFile, request: HttpFileRequest, options: PlanOptions): Promise<Step> {
  const files = await readBodyFiles(file, request)
  const { variables, env } = options
  return {
    title: `${request.method} ${request.url}`,
    name: request.name,
    plan: (answerTo) => planFileRequest({ file, request, variables, env, answerTo }, files, options),
  }
}

/** The contents of the files that a body names; variables in their names are not replaced. */
async function readBodyFiles(
  file: HttpFile,
  { body, line }: HttpFileRequest,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  for (const part of body) {
    if (part.type !== 'file') continue
    try {
      files.set(part.path, await readFile(path.resolve(path.dirname(file.path), part.path)))
    } catch (error) {
      throw httpFileError(file.path, line, error instanceof Error ? error.message : String(error))
    }
  }
  return files
}

async function planFileRequest(
  context: TemplateContext,
  files: ReadonlyMap<string, Uint8Array>,
  options: CurlOptions,
): Promise<PlannedRequest> {
  const { request, file } = context
  const lines = await Promise.all(
    request.headers.map(async ({ name, value }) => {
      return [await fillTemplate(name, context), await fillTemplate(value, context)] as const
    }),
  )
  const written = await fillTemplate(request.url, context)
  const url = absoluteUrl(written, lines)
  if (url === undefined) {
    throw httpFileError(file.path, request.line, 'give a whole URL, or a path and a Host header')
  }
  const body = request.body.length === 0 ? undefined : await fillBody(request.body, files, context)
  const headers = await withOptionHeaders(lines, options)
  return { method: request.method, url, target: targetAsWritten(written), headers, body }
}

/** A target of visible ASCII characters can be sent as it is, dot segments included; `URL` would normalize it. */
const targetAsWritten = (text: string): string | undefined => /^(?:https?:\/\/[^/?#]*)?(\/[!"$-~]*)$/i.exec(text)?.[1]

/** A path alone is completed by `Host`, as it is on the wire. */
function absoluteUrl(text: string, headers: HeaderLines): URL | undefined {
  const host = headers.find(([name]) => name.toLowerCase() === 'host')?.[1]
  const whole =
    text.startsWith('/') && host !== undefined ? `${host.endsWith(':443') ? 'https' : 'http'}://${host}${text}` : text
  const url = URL.canParse(whole) ? new URL(whole) : undefined
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined
}

async function fillBody(
  parts: readonly BodyTemplate[],
  files: ReadonlyMap<string, Uint8Array>,
  context: TemplateContext,
): Promise<Uint8Array> {
  const filled = await Promise.all(
    parts.map(async (part) => {
      if (part.type === 'text') return Buffer.from(await fillTemplate(part.text, context))
      const content = files.get(part.path) ?? Buffer.alloc(0)
      return part.hasVariables ? Buffer.from(await fillTemplate(Buffer.from(content).toString(), context)) : content
    }),
  )
  return Buffer.concat(filled)
}
