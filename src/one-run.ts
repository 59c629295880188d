/** What the processes of one run have in common, besides the cassette. */
export interface OneRun {
  /** Milliseconds since the run began, by a clock that is the same in all of them. */
  readonly now: () => number
  /** Which interactions each of them has played; `undefined`: each plays all of the cassette by itself. */
  readonly plays?: SharedPlays | undefined
}

/** Interactions of a cassette, by their index, that are played once by all processes together. */
export interface SharedPlays {
  /** Whether another process has it. */
  isTaken(index: number): boolean
  /** Takes it, for good; `false`: another process has it. */
  take(index: number): boolean
}

const RUN = Symbol('one run')

/** Options of what is a part of `run`. Nobody can write that down, and copies of the options keep it. */
export const inRun = <Options extends object>(options: Options, run: OneRun | undefined): Options =>
  run === undefined ? options : Object.assign({ ...options }, { [RUN]: run })

/** The run that the owner of some options is a part of. */
export const runIn = (options: object): OneRun | undefined => Reflect.get(options, RUN)
