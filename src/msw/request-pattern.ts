import { canonicalText, type NormalForm } from '../content/normal-form.ts'

/**
 * Tells the requests that a recorded one answers: the same, JSON by value, with any value where a placeholder stands.
 *
 * It runs in browsers, too, so placeholders are found as they stand and not behind encodings.
 */
export class RequestPattern {
  readonly #url: RegExp
  readonly #content: string
  readonly #withValues: RegExp | undefined

  constructor(url: string, content: string) {
    this.#url = patternOf(url, '[^/?&#]*')
    this.#content = contentKey(content)
    this.#withValues = hasPlaceholder(this.#content) ? patternOf(this.#content, String.raw`(?:[^"\\]|\\.)*`) : undefined
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
  if (!/^\s*[[{]/.test(content)) return content
  try {
    const value: NormalForm = JSON.parse(content)
    return canonicalText(value)
  } catch {
    return content // Not JSON, or too deep.
  }
}

/** In a URL braces may be escaped. */
const PLACEHOLDER = /(?:%7B%7B|\{\{)[a-z0-9-]+\.\d+(?:%7D%7D|\}\})/gi

const hasPlaceholder = (text: string): boolean => text.search(PLACEHOLDER) !== -1

/** A pattern of a whole text, with any of `value` where a placeholder stands. */
export function patternOf(text: string, value: string): RegExp {
  return new RegExp(`^${text.split(PLACEHOLDER).map(escapePattern).join(value)}$`, 's')
}

const escapePattern = (text: string): string => text.replaceAll(/[$()*+./?[\\\]^{|}]/g, '\\$&')
