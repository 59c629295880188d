/** A JSON value as an expression of TypeScript; data stays data: nothing in it can end a literal, or begin a script in HTML. */
export function toCode(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll(UNSAFE, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** Markup, line ends that only some languages know, and what an editor does not show. */
const UNSAFE = /[<>\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g
