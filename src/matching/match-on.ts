import type { Interaction } from '../interactions/interaction.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import type { BodyKind } from '../content/content-form.ts'
import type { UrlPart, UrlSpelling } from '../content/url-form.ts'

/** What two requests must have in common to be the same one. `url` is all of `scheme`, `host`, `port`, `path` and `query`. */
export type MatchName = 'method' | 'url' | UrlPart | 'headers' | 'body'

/** `true`, or the reason why the request is not the recorded one; it ends up in the report of a miss. */
export type CustomMatcher = (request: WireRequest, interaction: Interaction) => true | string

/** How URLs are compared, where `'url'` (that is `'normal'`) is not what is wanted. */
export interface UrlRule {
  readonly url: UrlSpelling
}

/** How queries are compared; beside `'url'`, it says so for the query in it. */
export interface QueryRule {
  readonly query: {
    /** Whether parameters may come in any order of names. Default: `false`. */
    readonly anyOrder?: boolean | undefined
    /** Names of parameters that do not count. */
    readonly ignore?: readonly string[] | undefined
  }
}

/** Which header fields are compared: those named, or all but those to be ignored. */
export interface HeadersRule {
  readonly headers: readonly string[] | { readonly ignore: readonly string[] }
}

/** How contents are compared. */
export interface BodyRule {
  readonly body:
    | BodyKind
    | {
        /** Default: `'auto'`. */
        readonly as?: BodyKind | undefined
        /** Paths into JSON, such as `$.items[*].at` or `$..id`; names of form fields and multipart parts. */
        readonly ignore?: readonly string[] | undefined
      }
}

/** One thing that a request must have in common with a recorded one. */
export type MatchRule = MatchName | UrlRule | QueryRule | HeadersRule | BodyRule | CustomMatcher

/** What must agree; a request must agree in all of it. */
export type MatchList = readonly MatchRule[]

/** Which list is for which requests. */
export interface MatchCase {
  /** Default: any. */
  readonly method?: string | readonly string[] | undefined
  /** The path without the query; a text ends in `*` where anything may follow. Default: any. */
  readonly path?: string | RegExp | undefined
  readonly matchOn: MatchList
}

/**
 * How a request finds its recorded answer.
 *
 * - `'bytes'`: each connection must write exactly what was recorded.
 * - a list: the request must agree in everything listed, on whatever connection it comes.
 * - cases: the list of the first one that fits the request, or the default where none does.
 * - a function of the request that gives the list.
 */
export type MatchOn = 'bytes' | MatchList | readonly MatchCase[] | ((request: WireRequest) => MatchList)

export const DEFAULT_MATCH: MatchList = ['method', 'url', 'body']

/** Why a recorded interaction is not the answer to a request. */
export interface Reason {
  readonly what:
    | MatchName
    | 'bytes'
    | 'statement'
    | 'custom'
    | 'played'
    | 'order'
    | 'barrier'
    | 'incomplete'
    | 'left'
    | 'message'
    | 'agreement'
  /** For people: what was recorded and what was asked. */
  readonly detail: string
}
