import { CassetteError } from '../errors.ts'

/** What a file of captured packets holds. */
export interface Capture {
  readonly packets: readonly CapturedPacket[]
  /** Host names that the file gives for addresses, by address. */
  readonly names: ReadonlyMap<string, string>
  /** Whether the file brings keys that decrypt what is in it. */
  readonly hasKeys: boolean
  /** What of the file was not read, for people. */
  readonly notes: readonly string[]
}

/** One packet as it was captured. */
export interface CapturedPacket {
  /** From 1, in the order of the file, as other tools count them. */
  readonly number: number
  /** Milliseconds since 1970, to the microsecond. */
  readonly at: number
  /** The type of the link layer, a number of the registry of LINKTYPE_ values. */
  readonly link: number
  /** As much of the packet as was captured. */
  readonly bytes: Uint8Array
  /** Remarks that the file makes on the packet. */
  readonly comments: readonly string[]
}

/** The error for a file that is not what it should be. */
export const notCapture = (why: string): CassetteError =>
  new CassetteError('IMPORT_INVALID', `the file is not a capture of packets: ${why}`)

export const cutInside = (number: number): string => `the file is cut off inside packet ${number}`
