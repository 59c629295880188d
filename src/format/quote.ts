/** Text in double quotes with the escapes of JSON, and additional ones for invisible characters. */
export function quote(text: string): string {
  return escapeInvisible(JSON.stringify(text))
}

/** Writes every invisible or text-reordering character as `\u` and its number. */
export function escapeInvisible(text: string): string {
  // Most text is ASCII, which has a quicker check.
  if (!/[^\n -~]/.test(text)) return text
  return text.replace(INVISIBLE, (char) => {
    const hex = (char.codePointAt(0) ?? 0).toString(16)
    return hex.length > 4 ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`
  })
}

const INVISIBLE = new RegExp(String.raw`(?! )\p{Zs}|\xad|${invisible()}`, 'gu')

/**
 * Characters that are invisible in an editor, or that an editor may treat as a line end: controls, NEL, U+2028, byte order
 * marks, marks that reorder the line (which can deceive a reviewer), and lone surrogates.
 */
export function invisible(): string {
  return String.raw`(?![\t\n])\p{Cc}|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\u{e0000}-\u{e007f}]|\p{Cs}`
}
