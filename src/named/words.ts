/** Letters, digits and dashes. */
export const IN_WORDS = Uint8Array.from({ length: 128 }, (_, code) => Number(/[\w-]/.test(String.fromCharCode(code))))

/** A longer bare name is none. */
export const LONGEST_BARE_NAME = 64

/** Where the letters, digits and dashes begin that end at `end`. */
export function wordStart(text: string, end: number): number {
  let start = end
  while (start > end - LONGEST_BARE_NAME && IN_WORDS[text.charCodeAt(start - 1)] === 1) start -= 1
  return start
}

/** A name of two words in a sentence, such as `API key` or `public key`. */
export function withWordBefore(text: string, start: number, end: number): string {
  const before = text[start - 1] === ' ' ? wordStart(text, start - 1) : start
  return text.slice(before, end)
}
