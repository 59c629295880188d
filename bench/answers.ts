/** The answers that are parsed and served, as raw bytes, and what a reader must find in them. */
export interface Answer {
  readonly bytes: Buffer
  readonly bodyLength: number
  /** Field lines in the head. */
  readonly fields: number
}

/** A typical answer of an API. */
export const SMALL = fixedLength(Buffer.from('{"id":42,"name":"Ada","ok":1}\n'))

/** The same, with a new date and new ids each time. */
export const VARIED: readonly [Answer, ...Answer[]] = [SMALL, ...Array.from({ length: 31 }, (_, id) => varied(id))]

export const TEN_KILOBYTES = fixedLength(Buffer.alloc(10_240, 'wire'))

/** A list of records from an API. */
export const SIXTY_FOUR_KILOBYTES = fixedLength(listOfRecords(65_536))

export const MEGABYTE = fixedLength(Buffer.alloc(1_048_576, 'wire'))

/** 64 KiB in chunks of 1 KiB. */
export const SIXTY_FOUR_CHUNKS = chunked(64)

/** 100 KiB in chunks of 1 KiB. */
export const HUNDRED_CHUNKS = chunked(100)

/** The answer in segments as from a socket: Node reads up to 64 KiB at once. */
export function segments({ bytes }: Answer, length = 65_536): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  )
}

function varied(id: number): Answer {
  const two = String(id + 10)
  const text = SMALL.bytes.toString('latin1')
  const bytes = Buffer.from(text.replace('12:00:00', `12:00:${two}`).replace('7f3a0c52', `7f3a0c${two}`), 'latin1')
  return { ...SMALL, bytes }
}

function fixedLength(body: Buffer): Answer {
  return answer(`Content-Length: ${body.length}`, body, body.length)
}

function listOfRecords(size: number): Buffer {
  const records = Array.from({ length: 1000 }, (_, id) => ({ id, name: `Ada ${id}`, tags: ['a', 'b'], score: id / 7 }))
  const text = `[${records.map((record) => JSON.stringify(record)).join(',\n')}`
  return Buffer.from(`${text.slice(0, text.lastIndexOf('\n', size - 3) - 1).padEnd(size - 2)}]\n`)
}

function chunked(count: number): Answer {
  const data = Buffer.alloc(1024, 'wire')
  const chunk = Buffer.concat([Buffer.from('400\r\n'), data, Buffer.from('\r\n')])
  const chunks = Array.from({ length: count }, () => chunk)
  const body = Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')])
  return answer('Transfer-Encoding: chunked', body, count * data.length)
}

function answer(framing: string, body: Buffer, bodyLength: number): Answer {
  const fields = [
    'Date: Sun, 22 Nov 2026 12:00:00 GMT',
    'Content-Type: application/json; charset=utf-8',
    framing,
    'Connection: keep-alive',
    'Cache-Control: private, max-age=0, must-revalidate',
    'ETag: W/"1e-fFPb5cPRBRVYWJVDOH4zOeTtHTk"',
    'Vary: Accept-Encoding, Origin',
    'X-Request-Id: 7f3a0c52-9f1e-4c0d-8a54-1f6f2f1f7f10',
  ]
  const head = `HTTP/1.1 200 OK\r\n${fields.join('\r\n')}\r\n\r\n`
  return { bytes: Buffer.concat([Buffer.from(head), body]), bodyLength, fields: fields.length }
}
