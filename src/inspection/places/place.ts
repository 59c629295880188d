/** A pattern whose group is a secret, or one of whose groups is, and whether what it finds has to look drawn as well. */
export type Place = readonly [pattern: RegExp, mustBeMixed: boolean]

export const all = (pattern: string): RegExp => new RegExp(pattern, 'g')
export const anyCase = (pattern: string): RegExp => new RegExp(pattern, 'gi')
