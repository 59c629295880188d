import { jsonDocument } from '../content/json-content.ts'
import { FORMED, PLACEHOLDER_IN_URLS } from '../content/placeholders.ts'
import { canonicalText } from '../content/normal-form.ts'

/**
 * Finds the requests that a recorded one answers: the same, JSON by value, with any value where a placeholder stands.
 *
 * It runs in browsers, too, so placeholders are found as they stand and not inside encodings.
 */
export class RequestPattern {
  readonly #url: RegExp
  readonly #content: string
  readonly #withValues: RegExp | undefined

  /** @param hidden what stands for secrets and does not show it, such as a number in JSON. */
  constructor(url: string, content: string, hidden: readonly string[] = []) {
    this.#url = patternOf(url, '[^/?&#]*', hidden)
    this.#content = contentKey(content)
    const isTemplate = placeholdersIn(hidden).test(this.#content)
    this.#withValues = isTemplate ? patternOf(this.#content, String.raw`(?:[^"\\]|\\.)*`, hidden) : undefined
  }

  isUrl(url: string): boolean {
    return this.#url.test(url)
  }

  /** @param key what {@link contentKey} gives for the content that is asked. */
  isContent(key: string): boolean {
    return key === this.#content || this.#withValues?.test(key) === true
  }
}

/** Equal for contents that are equal, JSON by value; one character a byte. */
export function contentKey(content: string): string {
  const document = jsonDocument(content)
  return document === undefined ? content : canonicalText(document.value)
}

/** Placeholders in whatever form: in braces, as a token or UUID, or as one of these words. */
function placeholdersIn(hidden: readonly string[]): RegExp {
  const words = hidden.map((word) => String.raw`(?<!\w)${escapePattern(word)}(?!\w)`)
  return new RegExp([PLACEHOLDER_IN_URLS.source, FORMED.source, ...words].join('|'))
}

/** A pattern of a whole text, with any of `value` where a placeholder stands. */
export function patternOf(text: string, value: string, hidden: readonly string[] = []): RegExp {
  return new RegExp(`^${text.split(placeholdersIn(hidden)).map(escapePattern).join(value)}$`, 's')
}

const escapePattern = (text: string): string => text.replaceAll(/[$()*+./?[\\\]^{|}]/g, '\\$&')
