/** What stands in a cassette for a secret: `{{token.1}}`, a label and a number; asterisks follow if a length had to be kept. */
export const PLACEHOLDER = /\{\{([a-z0-9-]+)\.(\d+)\}\}/g

/** Shortest text that is searched for as a secret, in characters: a shorter one would be found everywhere. */
export const SHORTEST_NEEDLE = 8
