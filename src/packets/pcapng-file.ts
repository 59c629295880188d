import { addressText } from './addresses.ts'
import { ByteReader } from './byte-reader.ts'
import { type Capture, type CapturedPacket, cutInside, notCapture } from './capture.ts'

/** Type of the block that begins a section; the same in either byte order. */
export const SECTION = 0x0a0d0d0a

/** Reads a file of blocks (draft-ietf-opsawg-pcapng), of one section or several. */
export function readPcapng(bytes: Uint8Array): Capture {
  const file = new PcapngReader()
  let at = 0
  while (at < bytes.length) {
    if (bytes.length - at < 12) return file.cutOff()
    const isSection = new ByteReader(bytes, false, at).u32() === SECTION
    if (isSection) file.beginSection(new ByteReader(bytes, false, at + 8).u32())
    const reader = new ByteReader(bytes, file.isLittle, at)
    const [type, length] = [reader.u32(), reader.u32()]
    if (length < 12 || length % 4 !== 0) throw notCapture(`a block at byte ${at} has a length of ${length}`)
    if (bytes.length - at < length) return file.cutOff()
    file.addBlock(type, bytes.subarray(at + 8, at + length - 4))
    at += length
  }
  return file.capture
}

interface Interface {
  readonly link: number
  readonly ticksPerSecond: bigint
  readonly offset: bigint
}

class PcapngReader {
  isLittle = true
  readonly #packets: CapturedPacket[] = []
  readonly #names = new Map<string, string>()
  readonly #notes = new Set<string>()
  #interfaces: Interface[] = []
  #hasKeys = false

  get capture(): Capture {
    return { packets: this.#packets, names: this.#names, hasKeys: this.#hasKeys, notes: [...this.#notes] }
  }

  /** Interfaces are numbered again in each section. */
  beginSection(magic: number): void {
    if (magic !== 0x1a2b3c4d && magic !== 0x4d3c2b1a) throw notCapture('a section has no byte order')
    this.isLittle = magic === 0x4d3c2b1a
    this.#interfaces = []
  }

  cutOff(): Capture {
    this.#notes.add(cutInside(this.#packets.length + 1))
    return this.capture
  }

  addBlock(type: number, body: Uint8Array): void {
    const reader = new ByteReader(body, this.isLittle)
    switch (type) {
      case SECTION:
      case 5: // statistics of an interface
        return
      case 1:
        return this.#addInterface(reader)
      case 2:
      case 6:
        return this.#addPacket(reader, type === 2)
      case 3:
        return this.#addSimplePacket(reader)
      case 4:
        return this.#addNames(reader)
      case 10:
        this.#hasKeys = true
        return
      default:
        this.#notes.add(`blocks of type 0x${type.toString(16)} are not read`)
    }
  }

  #addInterface(reader: ByteReader): void {
    if (reader.left < 8) throw notCapture('an interface is cut off')
    const link = reader.u16()
    reader.take(6)
    const options = optionsIn(reader)
    const [resolution = 6] = options.find(({ code }) => code === 9)?.value ?? []
    const offset = options.find(({ code, value }) => code === 14 && value.length === 8)?.value
    // The highest bit: a power of two in place of ten.
    const base = (resolution & 0x80) === 0 ? 10n : 2n
    this.#interfaces.push({
      link,
      ticksPerSecond: base ** BigInt(resolution & 0x7f),
      offset: offset === undefined ? 0n : new ByteReader(offset, this.isLittle).i64(),
    })
  }

  /** An enhanced packet block, or a packet block as it was before 2007. */
  #addPacket(reader: ByteReader, isOld: boolean): void {
    const number = this.#packets.length + 1
    if (reader.left < 20) throw notCapture(`packet ${number} is cut off`)
    const id = isOld ? reader.u16() : reader.u32()
    if (isOld) reader.u16()
    const from = this.#interfaceOf(id, number)
    const ticks = (BigInt(reader.u32()) << 32n) | BigInt(reader.u32())
    const length = reader.u32()
    reader.u32()
    if (length > reader.left) throw notCapture(`packet ${number} is longer than its block`)
    const bytes = reader.take(length)
    reader.take(Math.min(reader.left, -length & 3))
    const options = optionsIn(reader)
    const comments = options.filter(({ code }) => code === 1).map(({ value }) => new TextDecoder().decode(value))
    const dropped = options.find(({ code, value }) => code === 4 && value.some((byte) => byte !== 0))
    if (dropped !== undefined) this.#notes.add(`packets were lost while it was captured, before packet ${number}`)
    this.#packets.push({ number, at: timeOf(ticks, from), link: from.link, bytes, comments })
  }

  /** Has no time: it is that of the packet before it. */
  #addSimplePacket(reader: ByteReader): void {
    const number = this.#packets.length + 1
    const { link } = this.#interfaceOf(0, number)
    const length = reader.left < 4 ? 0 : reader.u32()
    const at = this.#packets.at(-1)?.at ?? 0
    this.#notes.add('some packets have no time')
    this.#packets.push({ number, at, link, bytes: reader.take(Math.min(length, reader.left)), comments: [] })
  }

  #interfaceOf(id: number, number: number): Interface {
    const found = this.#interfaces[id]
    if (found === undefined) throw notCapture(`packet ${number} is from interface ${id}, which is not described`)
    return found
  }

  /** Names of addresses, each record padded to four bytes. */
  #addNames(reader: ByteReader): void {
    while (reader.left >= 4) {
      const [type, length] = [reader.u16(), reader.u16()]
      if (type === 0 || length > reader.left) return
      const value = reader.take(length)
      reader.take(Math.min(reader.left, -length & 3))
      const size = type === 1 ? 4 : type === 2 ? 16 : 0
      if (size === 0 || length < size) continue
      const [name = ''] = new TextDecoder().decode(value.subarray(size)).split('\0')
      if (name !== '') this.#names.set(addressText(value.subarray(0, size)), name)
    }
  }
}

interface Option {
  readonly code: number
  readonly value: Uint8Array
}

function optionsIn(reader: ByteReader): readonly Option[] {
  const options: Option[] = []
  while (reader.left >= 4) {
    const [code, length] = [reader.u16(), reader.u16()]
    if (code === 0 || length > reader.left) break
    options.push({ code, value: reader.take(length) })
    reader.take(Math.min(reader.left, -length & 3))
  }
  return options
}

/** Without a loss below the microsecond, which a count of ticks as a `number` would have. */
function timeOf(ticks: bigint, { ticksPerSecond, offset }: Interface): number {
  const seconds = ticks / ticksPerSecond + offset
  return Number(seconds) * 1000 + (Number(ticks % ticksPerSecond) * 1000) / Number(ticksPerSecond)
}
