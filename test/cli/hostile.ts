/** All that a command may print, our own colours aside: no controls, no formats, no blanks that are not seen. */
export const PRINTABLE_LINES = /^[^\p{C}\p{Zl}\p{Zp}]*(?:\n[^\p{C}\p{Zl}\p{Zp}]*)*$/u

/** Bytes that steer a terminal or deceive its reader, and what is shown instead. */
// oxfmt-ignore
export const ESCAPE_SEQUENCES: readonly { readonly what: string; readonly bytes: Buffer; readonly escaped: string }[] = [
  { what: 'clear screen',              bytes: Buffer.from('\x1b[2J'),                 escaped: '\\x1b[2J' },
  { what: 'write to the clipboard',    bytes: Buffer.from('\x1b]52;c;ZXZpbA==\x07'),  escaped: '\\x1b]52;c;ZXZpbA==\\x07' },
  { what: 'a hyperlink',               bytes: Buffer.from('\x1b]8;;http://e\x07x'),   escaped: '\\x1b]8;;http://e\\x07x' },
  { what: 'a cursor report',           bytes: Buffer.from('\x1b[6n'),                 escaped: '\\x1b[6n' },
  { what: 'a device control string',   bytes: Buffer.from('\x1bP+q544e\x1b\\'),       escaped: '\\x1bP+q544e\\x1b\\' },
  { what: 'an 8-bit CSI, not UTF-8',   bytes: Buffer.from('\x9b31m', 'latin1'),       escaped: '\\x9b31m' },
  { what: 'an 8-bit CSI, UTF-8',       bytes: Buffer.from('\x9b31m'),                 escaped: '\\xc2\\x9b31m' },
  { what: 'a bell',                    bytes: Buffer.from('\x07'),                    escaped: '\\x07' },
  { what: 'a carriage return',         bytes: Buffer.from('real\rfake'),              escaped: 'real\\x0dfake' },
  { what: 'backspaces',                bytes: Buffer.from('no\b\byes'),               escaped: 'no\\x08\\x08yes' },
  { what: 'NUL and DEL',               bytes: Buffer.from('\0\x7f'),                  escaped: '\\x00\\x7f' },
  { what: 'a tab',                     bytes: Buffer.from('a\tb'),                    escaped: 'a\\x09b' },
  { what: 'a line feed',               bytes: Buffer.from('a\nb'),                    escaped: 'a\\x0ab' },
  { what: 'a right-to-left override',  bytes: Buffer.from('\u202egpj.exe'),           escaped: '\\xe2\\x80\\xaegpj.exe' },
  { what: 'a right-to-left isolate',   bytes: Buffer.from('\u2067a\u2069'),           escaped: '\\xe2\\x81\\xa7a\\xe2\\x81\\xa9' },
  { what: 'a zero width space',        bytes: Buffer.from('pay\u200bpal'),            escaped: 'pay\\xe2\\x80\\x8bpal' },
  { what: 'a line separator',          bytes: Buffer.from('\u2028'),                  escaped: '\\xe2\\x80\\xa8' },
  { what: 'a byte order mark',         bytes: Buffer.from('\ufeff'),                  escaped: '\\xef\\xbb\\xbf' },
  { what: 'tag characters',            bytes: Buffer.from('\u{e0041}'),               escaped: '\\xf3\\xa0\\x81\\x81' },
  { what: 'overlong UTF-8',            bytes: Buffer.of(0xc0, 0x9b),                  escaped: '\\xc0\\x9b' },
  { what: 'a surrogate in UTF-8',      bytes: Buffer.of(0xed, 0xa0, 0x80),            escaped: '\\xed\\xa0\\x80' },
]
