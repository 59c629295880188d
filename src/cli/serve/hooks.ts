import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AnswerHook, InteractionHook, RecordHook, RequestHook } from '../../index.ts'
import { UserError } from '../../console/failure.ts'

/** What a module of hooks may export. */
export interface ServeHooks {
  readonly normalizeRequest?: RequestHook
  readonly beforeAnswer?: AnswerHook
  /** Of a proxy only: a served cassette is not recorded. */
  readonly beforeRecord?: RecordHook
  readonly beforePlayback?: InteractionHook
}

/** Hooks of a served cassette. */
export const SERVE_HOOKS = ['normalizeRequest', 'beforeAnswer'] as const satisfies readonly (keyof ServeHooks)[]
/** Hooks of a proxy. */
export const PROXY_HOOKS = [
  ...SERVE_HOOKS,
  'beforeRecord',
  'beforePlayback',
] as const satisfies readonly (keyof ServeHooks)[]

/** Loads the hooks that a module exports. @throws UserError `INVALID_OPTION` if it cannot be loaded, or exports none of them. */
export async function loadHooks(file: string, names: readonly (keyof ServeHooks)[]): Promise<ServeHooks> {
  const exported = await load(file)
  const hooks: ServeHooks = Object.fromEntries(
    names.flatMap((name) => (exported[name] === undefined ? [] : [[name, exported[name]]])),
  )
  for (const [name, hook] of Object.entries(hooks))
    if (typeof hook !== 'function')
      throw new UserError('INVALID_OPTION', `--hooks: ${name} of ${file} is not a function`)
  if (Object.keys(hooks).length > 0) return hooks
  const found = Object.keys(exported).join(', ') || 'nothing'
  throw new UserError('INVALID_OPTION', `--hooks: ${file} exports ${found}; export ${names.join(' or ')}`)
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return Object(await import(pathToFileURL(resolve(file)).href))
  } catch (error) {
    throw new UserError('INVALID_OPTION', `--hooks: ${file} cannot be loaded: ${String(error)}`)
  }
}
