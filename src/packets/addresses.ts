/** An address of IPv4 or IPv6 as text, the latter as RFC 5952 writes it. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  )
  // What a URL makes of it is the one form.
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1)
}

/** The bytes of an address; `undefined` for a name. */
export function addressBytes(text: string): Uint8Array | undefined {
  if (/^\d+(?:\.\d+){3}$/.test(text)) {
    const bytes = text.split('.').map(Number)
    return bytes.every((byte) => byte <= 255) ? Uint8Array.from(bytes) : undefined
  }
  if (!text.includes(':') || !URL.canParse(`http://[${text}]/`)) return undefined
  const written = new URL(`http://[${text}]/`).hostname.slice(1, -1)
  const [head = '', tail] = written.split('::')
  const [first, last] = [groupsOf(head), groupsOf(tail ?? '')]
  const middle = Array.from({ length: tail === undefined ? 0 : 8 - first.length - last.length }, () => '0')
  const numbers = [...first, ...middle, ...last].map((group) => Number.parseInt(group, 16))
  return Uint8Array.from(numbers.flatMap((number) => [number >> 8, number & 0xff]))
}

const groupsOf = (part: string): string[] => (part === '' ? [] : part.split(':'))
