import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { LocalProtocolError } from '../errors.ts'
import type { AnswerHook } from './answer-hook.ts'
import type { InteractionHook, RecordHook } from './hook.ts'
import type { RequestHook } from './request-hook.ts'

/** What a module of hooks may export. */
export interface ModuleHooks {
  readonly normalizeRequest?: RequestHook
  readonly beforeAnswer?: AnswerHook
  /** Not of a served cassette, which is not recorded. */
  readonly beforeRecord?: RecordHook
  readonly beforePlayback?: InteractionHook
}

/** Hooks of a served cassette. */
export const SERVE_HOOKS = ['normalizeRequest', 'beforeAnswer'] as const satisfies readonly (keyof ModuleHooks)[]
/** Hooks of what may be recorded, too: a proxy, a run. */
export const ALL_HOOKS = [
  ...SERVE_HOOKS,
  'beforeRecord',
  'beforePlayback',
] as const satisfies readonly (keyof ModuleHooks)[]

/** Loads the hooks that a module exports. @throws LocalProtocolError `INVALID_OPTION` if it cannot be loaded, or exports none of them. */
export async function loadHooks(file: string, names: readonly (keyof ModuleHooks)[]): Promise<ModuleHooks> {
  const exported = await load(file)
  const hooks: ModuleHooks = Object.fromEntries(
    names.flatMap((name) => (exported[name] === undefined ? [] : [[name, exported[name]]])),
  )
  for (const [name, hook] of Object.entries(hooks))
    if (typeof hook !== 'function')
      throw new LocalProtocolError('INVALID_OPTION', `--hooks: ${name} of ${file} is not a function`)
  if (Object.keys(hooks).length > 0) return hooks
  const found = Object.keys(exported).join(', ') || 'nothing'
  throw new LocalProtocolError('INVALID_OPTION', `--hooks: ${file} exports ${found}; export ${names.join(' or ')}`)
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return Object(await import(pathToFileURL(resolve(file)).href))
  } catch (error) {
    throw new LocalProtocolError('INVALID_OPTION', `--hooks: ${file} cannot be loaded: ${String(error)}`)
  }
}
