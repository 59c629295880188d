/** What a test, or a file of tests, did with its cassette. */
export interface TapeNote {
  /** The titles of the test, or the name of the file. */
  readonly title: string
  readonly path: string
  readonly played: number
  readonly recorded: number
  /** Recorded, and given up, as the test failed or was not run to its end. */
  readonly unsaved: number
  readonly unused: number
  readonly missed: number
  /** Connections that were let through. */
  readonly passed: number
  /** Hosts that were asked after the end, and did not answer. */
  readonly late: readonly string[]
  /** Requests on connections that nobody watches. */
  readonly escaped: readonly string[]
  /** Why there is no cassette, or why it could not be saved. */
  readonly failure: string | undefined
}
