/** A form as `multipart/form-data` (RFC 7578), as in the HTML standard, section 4.10.21.8. */
export interface EncodedForm {
  readonly contentType: string
  readonly length: number
  readonly parts: readonly (Uint8Array | Blob)[]
}

/** Our own encoder, because the one in Node does not report the length, and many servers refuse chunked forms. */
export function encodeForm(form: FormData): EncodedForm {
  const boundary = `wiretape-${crypto.randomUUID()}`
  const parts = Array.from(form, ([name, value]) => encodeEntry(boundary, name, value)).flat()
  parts.push(Buffer.from(`--${boundary}--\r\n`))
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: parts.reduce((sum, part) => sum + (part instanceof Blob ? part.size : part.length), 0),
    parts,
  }
}

/** The bytes of `parts`; files are read on demand. */
export async function* piecesOf(parts: EncodedForm['parts']): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of parts) {
    if (part instanceof Blob) yield* part.stream()
    else yield part
  }
}

function encodeEntry(boundary: string, name: string, value: string | File): (Uint8Array | Blob)[] {
  const start = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(withCrlf(name))}"`
  if (typeof value === 'string') return [Buffer.from(`${start}\r\n\r\n${withCrlf(value)}\r\n`)]
  const type = value.type === '' ? 'application/octet-stream' : value.type
  const head = `${start}; filename="${escapeName(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`
  return [Buffer.from(head), value, Buffer.from('\r\n')]
}

/** Names and texts use CRLF. */
const withCrlf = (text: string): string => text.replaceAll(/\r\n|\r|\n/g, '\r\n')

const ESCAPES: Readonly<Record<string, string>> = { '\r': '%0D', '\n': '%0A', '"': '%22' }

const escapeName = (name: string): string => name.replaceAll(/[\r\n"]/g, (char) => ESCAPES[char] ?? char)
