import { LocalProtocolError } from '../errors.ts'

/**
 * What else the parsers take for HTTP/1.1: one switch for each way in which real peers break it.
 *
 * Everything is off by default. A message that two programs read in two ways is how smuggling and response splitting
 * start, so switch on what a peer that you know needs, and no more. `docs/leniencies.md` tells what other clients do.
 */
export interface Leniencies {
  /**
   * A line may end in LF without CR: start line, field lines, chunk lines, the end of a chunk, trailers (RFC 9112 section 2.2).
   *
   * Risk: a part that reads lines by CRLF alone sees other fields, or none (CVE-2022-32214, CVE-2025-22871).
   */
  readonly bareLf: boolean
  /**
   * A field line that starts with a blank goes on with the value before it, joined by one space (RFC 9112 section 5.2); right
   * after the start line it is left out (RFC 9112 section 2.2). Content-Length and Transfer-Encoding are never folded.
   *
   * Risk: what one part reads as a value is a field to another (CVE-2022-32215).
   */
  readonly obsFold: boolean
  /**
   * Blanks may stand between a field name and its colon (RFC 9112 section 5.1); they are no part of the name.
   *
   * Risk: a part that does not know the field under that name, such as a framing field, passes it by (CVE-2021-22959).
   */
  readonly spaceBeforeColon: boolean
  /**
   * A line that is no field line is left out: without a colon, without a name, or with a byte that may not stand in a
   * name or value (RFC 9110 section 5.1 and 5.5). One that could be meant for Content-Length or Transfer-Encoding is refused.
   *
   * Risk: what is left out here may count elsewhere; fields that matter to security can go missing unnoticed.
   */
  readonly invalidFieldLines: boolean
  /**
   * A field value may hold control bytes other than NUL, CR and LF; they stay in it (RFC 9110 section 5.5).
   *
   * Risk: escape sequences and separators reach whatever prints, logs or stores the value.
   */
  readonly controlInValue: boolean
  /**
   * Content-Length may be repeated, in several fields or as a list, where all numbers are equal (RFC 9112 section 6.3 rule 5).
   *
   * Risk: such messages come from broken intermediaries; what else they changed is not known.
   */
  readonly equalContentLength: boolean
  /**
   * A Content-Length that is no number, or larger than 2^53-1, is as if it were absent: the body of a response ends with the
   * connection (as in Fetch; against RFC 9112 section 6.3 rule 5). In requests it is refused all the same.
   *
   * Risk: a body that was cut cannot be told from a whole one, and others may read another length (`+5`, `0x5`).
   */
  readonly invalidContentLength: boolean
  /**
   * Transfer-Encoding overrides a Content-Length beside it; the connection ends after the message (RFC 9112 section 6.3 rule 3).
   *
   * Risk: the classic of request smuggling and response splitting.
   */
  readonly transferEncodingWins: boolean
  /**
   * `identity` in Transfer-Encoding means nothing (RFC 2616 section 3.6; RFC 7230 took it away).
   *
   * Risk: a part that does not know the coding reads until close, or refuses.
   */
  readonly identityTransferCoding: boolean
  /**
   * `chunked` named several times in a row counts once (against RFC 9112 section 6.1).
   *
   * Risk: a part that takes it at its word undoes two layers.
   */
  readonly repeatedChunked: boolean
  /**
   * Transfer-Encoding may name other codings, or none: they stay on the body. Chunks are undone where `chunked` is last;
   * else the body of a response ends with the connection (RFC 9112 section 6.3 rule 4), and a request is refused.
   *
   * Risk: the body is not the content, a cut one may pass for whole, and a part that ignores the coding frames otherwise.
   */
  readonly unknownTransferCoding: boolean
  /**
   * Blanks may stand before the end of a chunk-size line (RFC 9112 section 7.1).
   *
   * Risk: small; parsers that trim differ in what they take for a blank.
   */
  readonly chunkSizeBlanks: boolean
  /**
   * After the `;` of a chunk-size line anything may stand but control bytes (RFC 9112 section 7.1.1 has a grammar).
   *
   * Risk: a part that looks for the end of the line behind quotes or a lone LF frames otherwise.
   */
  readonly looseChunkExtensions: boolean
  /**
   * Several spaces may stand where a start line has one (RFC 9112 section 3 and 4 allow to read it so). Those before a reason
   * are left out where there were more before the status, too; else they belong to it, as without this.
   *
   * Risk: a part that splits at each space finds another target or status.
   */
  readonly startLineSpaces: boolean
  /**
   * Any version of the form `HTTP/D.D`: 1.x is read as 1.1 (RFC 9110 section 2.5), every other as 1.0, so that the connection
   * does not stay open on its account.
   *
   * Risk: a later major version may frame messages otherwise.
   */
  readonly otherVersions: boolean
  /**
   * A request target may hold bytes from 0x80 on, as they come from clients that do not percent-encode (RFC 9112 section 3.2).
   *
   * Risk: parts that decode, cut or normalise these bytes see different targets.
   */
  readonly obsTextInTarget: boolean
}

/** Name of a switch in {@link Leniencies}. */
export type Leniency = keyof Leniencies

/** What a parser is when nothing else is said. */
export const STRICT: Leniencies = {
  bareLf: false,
  obsFold: false,
  spaceBeforeColon: false,
  invalidFieldLines: false,
  controlInValue: false,
  equalContentLength: false,
  invalidContentLength: false,
  transferEncodingWins: false,
  identityTransferCoding: false,
  repeatedChunked: false,
  unknownTransferCoding: false,
  chunkSizeBlanks: false,
  looseChunkExtensions: false,
  startLineSpaces: false,
  otherVersions: false,
  obsTextInTarget: false,
}

/**
 * All switches, given those that are not off.
 *
 * @throws LocalProtocolError `INVALID_OPTION` for a name that is none: a typing error would leave the parser strict in silence.
 */
export function resolveLeniencies(given: Partial<Leniencies> | undefined): Leniencies {
  if (given === undefined) return STRICT
  const stranger = Object.keys(given).find((name) => !Object.hasOwn(STRICT, name))
  if (stranger !== undefined) {
    throw new LocalProtocolError('INVALID_OPTION', `there is no leniency ${JSON.stringify(stranger)}`)
  }
  return { ...STRICT, ...given }
}

/** The names of the switches that are on, in the order of {@link Leniencies}; this is what a cassette says of them. */
export function leniencyNames(given: Partial<Leniencies> | undefined): string[] {
  return Object.entries(resolveLeniencies(given)).flatMap(([name, isOn]) => (isOn ? [name] : []))
}
