/** What stands in a cassette for a secret: `{{token.1}}`, a label and a number; asterisks follow if a length had to be kept. */
export const PLACEHOLDER = /\{\{([a-z0-9-]+)\.(\d+)\}\}/g

/** Shortest text that is searched for as a secret, in characters: a shorter one would be found everywhere. */
export const SHORTEST_NEEDLE = 8

/** A whole content that is not there. */
const WITHHELD = /^\{\{withheld[a-z-]*\.\d+\}\}$/

/** Whether a content was withheld, so that nothing is known of it. */
export const isWithheld = (content: string): boolean => content.length < 64 && WITHHELD.test(content)
