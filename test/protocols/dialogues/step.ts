/** What one side says, or what is recorded as an answer to what was asked last. */
export type Step =
  | { readonly sent: Buffer }
  | { readonly received: Buffer }
  | {
      readonly answer: readonly Buffer[]
      /** The question it was recorded for, by its place; the last one if not given. */
      readonly recorded?: number
    }

export const sent = (...parts: readonly (Buffer | string)[]): Step => ({ sent: joined(...parts) })
export const received = (...parts: readonly (Buffer | string)[]): Step => ({ received: joined(...parts) })
export const answer = (...messages: readonly (Buffer | string)[]): Step => ({
  answer: messages.map((message) => joined(message)),
})

export const joined = (...parts: readonly (Buffer | string | readonly number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))))

export const u8 = (...values: readonly number[]): Buffer => Buffer.from(values)
const numbers =
  (size: number, write: (bytes: Buffer, value: number) => void) =>
  (...values: readonly number[]): Buffer =>
    Buffer.concat(
      values.map((value) => {
        const bytes = Buffer.alloc(size)
        write(bytes, value)
        return bytes
      }),
    )
export const i16be = numbers(2, (bytes, value) => bytes.writeInt16BE(value))
export const i32be = numbers(4, (bytes, value) => bytes.writeInt32BE(value))
export const u16le = numbers(2, (bytes, value) => bytes.writeUInt16LE(value))
export const i32le = numbers(4, (bytes, value) => bytes.writeInt32LE(value))
export const u32le = numbers(4, (bytes, value) => bytes.writeUInt32LE(value))
export const u24le = numbers(3, (bytes, value) => bytes.writeUIntLE(value, 0, 3))
