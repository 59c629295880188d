import type { Interaction } from '../interactions/interaction.ts'

/** Which answers a fault is put into. */
interface FaultTarget {
  /**
   * Index of an interaction, several, or a function that picks them. Default: all.
   *
   * With `matchOn: 'bytes'`, indexes of connections, from 0 in the order of opening.
   */
  readonly on?: number | readonly number[] | ((interaction: Interaction) => boolean) | undefined
  /** How many plays of each answer are spoiled; later ones, repeats, are right. Default: all. */
  readonly times?: number | undefined
  /**
   * Bytes of the answer before it, interim responses included; below 0, counted from its end. Default: 0.
   *
   * What is beyond the end of an answer never happens.
   */
  readonly at?: number | undefined
}

/** The server ends its side (`cut`), resets the connection, or says nothing more. */
export interface EndingFault extends FaultTarget {
  readonly type: 'cut' | 'reset' | 'stall'
}

/** What follows comes in a segment of its own (`split`). Right clients do not notice. */
export interface SplitFault extends FaultTarget {
  readonly type: 'split'
}

/** One byte is another one. */
export interface CorruptFault extends FaultTarget {
  readonly type: 'corrupt'
  /** The bits to turn over. Default: 0xff, all. */
  readonly xor?: number | undefined
  /** What the byte becomes, instead of `xor`. */
  readonly value?: number | undefined
}

/** What follows comes so much later. */
export interface DelayFault extends FaultTarget {
  readonly type: 'delay'
  /** Milliseconds by the clock of the replay, whatever its `timing`. */
  readonly by: number
}

/** Bytes that come twice, or not at all. */
export interface RangeFault extends FaultTarget {
  readonly type: 'duplicate' | 'drop'
  /** Where they end, counted as `at`. Default: with the answer. */
  readonly to?: number | undefined
}

/** Something that goes wrong on purpose while a cassette is played. Plain data, so that a failure can be written down. */
export type Fault = EndingFault | SplitFault | CorruptFault | DelayFault | RangeFault
