import { ByteReader } from './byte-reader.ts'
import { type Capture, type CapturedPacket, cutInside, notCapture } from './capture.ts'
import { readPcapng, SECTION } from './pcapng-file.ts'

/**
 * Reads a capture file: pcap, of either byte order, in microseconds or nanoseconds, or pcapng.
 *
 * A file that ends inside a packet is read up to there, and a note says so.
 *
 * @throws CassetteError `IMPORT_INVALID` for a file of another kind.
 */
export function readCapture(bytes: Uint8Array): Capture {
  if (bytes.length < 12) throw notCapture('it is shorter than any header')
  const magic = new ByteReader(bytes, false).u32()
  if (magic === SECTION) return readPcapng(bytes)
  const kind = MAGICS.find((one) => one.magic === magic)
  if (kind === undefined || bytes.length < 24) throw notCapture('it begins like neither pcap nor pcapng')
  return readPcap(bytes, kind)
}

/** draft-ietf-opsawg-pcap section 4: the magic number gives the byte order and the unit of time. */
const MAGICS = [
  { magic: 0xa1b2c3d4, isLittle: false, perMillisecond: 1e3 },
  { magic: 0xd4c3b2a1, isLittle: true, perMillisecond: 1e3 },
  { magic: 0xa1b23c4d, isLittle: false, perMillisecond: 1e6 },
  { magic: 0x4d3cb2a1, isLittle: true, perMillisecond: 1e6 },
] as const

function readPcap(bytes: Uint8Array, { isLittle, perMillisecond }: (typeof MAGICS)[number]): Capture {
  const reader = new ByteReader(bytes, isLittle, 20)
  // The upper bits say how long a frame check sequence is; what is beyond a packet of IP is not looked at.
  const link = reader.u32() & 0xffff
  const packets: CapturedPacket[] = []
  const notes: string[] = []
  while (reader.left > 0) {
    const number = packets.length + 1
    const header =
      reader.left < 16 ? undefined : { seconds: reader.u32(), fraction: reader.u32(), length: reader.u32() }
    if (header !== undefined) reader.u32() // what it was long on the wire: IP says that, too
    if (header === undefined || reader.left < header.length) {
      notes.push(cutInside(number))
      break
    }
    const at = header.seconds * 1000 + header.fraction / perMillisecond
    packets.push({ number, at, link, bytes: reader.take(header.length), comments: [] })
  }
  return { packets, names: new Map(), hasKeys: false, notes }
}
