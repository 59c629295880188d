import { LocalProtocolError } from '../errors.ts'

/**
 * What else the parsers accept as HTTP/1.1: one switch for each way in which real peers break the rules.
 *
 * Everything is off by default. Smuggling and response splitting start with a message that two programs read differently,
 * so switch on only what a peer that you know needs. `docs/leniencies.md` describes what other clients do.
 */
export interface Leniencies {
  /**
   * A line may end in LF without CR: start line, field lines, chunk lines, the end of a chunk, trailers (RFC 9112 section 2.2).
   *
   * Risk: a program that ends lines only at CRLF sees other fields, or none (CVE-2022-32214, CVE-2025-22871).
   */
  readonly bareLf: boolean
  /**
   * A field line that starts with a blank continues the value before it, joined by one space (RFC 9112 section 5.2); directly
   * after the start line it is ignored (RFC 9112 section 2.2). Content-Length and Transfer-Encoding are never folded.
   *
   * Risk: one program reads a value where another reads a field (CVE-2022-32215).
   */
  readonly obsFold: boolean
  /**
   * Blanks may stand between a field name and its colon (RFC 9112 section 5.1); they are not part of the name.
   *
   * Risk: a program that does not recognise the field, such as a framing field, ignores it (CVE-2021-22959).
   */
  readonly spaceBeforeColon: boolean
  /**
   * A line that is not a field line is ignored: one without a colon, without a name, or with a byte that a name or value may
   * not hold (RFC 9110 section 5.1 and 5.5). A line that could mean Content-Length or Transfer-Encoding is refused.
   *
   * Risk: a line that is ignored here may count elsewhere; fields that matter to security can go missing unnoticed.
   */
  readonly invalidFieldLines: boolean
  /**
   * A field value may hold control bytes other than NUL, CR and LF; they are kept (RFC 9110 section 5.5).
   *
   * Risk: escape sequences and separators reach every program that prints, logs or stores the value.
   */
  readonly controlInValue: boolean
  /**
   * Content-Length may be repeated, in several fields or as a list, if all numbers are equal (RFC 9112 section 6.3 rule 5).
   *
   * Risk: such messages come from broken intermediaries, which may have changed more.
   */
  readonly equalContentLength: boolean
  /**
   * A Content-Length that is not a number, or is larger than 2^53-1, is ignored: the body of a response ends with the
   * connection (as in Fetch; against RFC 9112 section 6.3 rule 5). In requests it is still refused.
   *
   * Risk: a truncated body looks like a complete one, and other programs may read another length (`+5`, `0x5`).
   */
  readonly invalidContentLength: boolean
  /**
   * Transfer-Encoding overrides a Content-Length in the same message; the connection ends after the message (RFC 9112 section 6.3 rule 3).
   *
   * Risk: the classic cause of request smuggling and response splitting.
   */
  readonly transferEncodingWins: boolean
  /**
   * `identity` in Transfer-Encoding means nothing (RFC 2616 section 3.6; RFC 7230 removed it).
   *
   * Risk: a program that does not know the coding reads until the connection closes, or refuses the message.
   */
  readonly identityTransferCoding: boolean
  /**
   * `chunked` named several times in a row counts once (against RFC 9112 section 6.1).
   *
   * Risk: a program that takes it literally decodes two layers.
   */
  readonly repeatedChunked: boolean
  /**
   * Transfer-Encoding may name other codings, or none: the body keeps them. Chunks are decoded if `chunked` is last;
   * otherwise the body of a response ends with the connection (RFC 9112 section 6.3 rule 4), and a request is refused.
   *
   * Risk: the body is not the content, a truncated body may look complete, and a program that ignores the coding sees another
   * end of the message.
   */
  readonly unknownTransferCoding: boolean
  /**
   * Blanks may stand before the end of a chunk-size line (RFC 9112 section 7.1).
   *
   * Risk: small; parsers that trim disagree about which bytes are blanks.
   */
  readonly chunkSizeBlanks: boolean
  /**
   * After the `;` of a chunk-size line, all bytes except control bytes are allowed (RFC 9112 section 7.1.1 has a grammar).
   *
   * Risk: a program that looks for the end of the line after quotes, or at a lone LF, sees other chunks.
   */
  readonly looseChunkExtensions: boolean
  /**
   * A start line may have several spaces instead of one (RFC 9112 section 3 and 4 allow recipients to accept this). Spaces
   * before a reason are dropped if there were also several before the status; otherwise they belong to the reason, as without
   * this switch.
   *
   * Risk: a program that splits at each space finds another target or status.
   */
  readonly startLineSpaces: boolean
  /**
   * Any version of the form `HTTP/D.D` is accepted: 1.x is read as 1.1 (RFC 9110 section 2.5), every other as 1.0, which does
   * not keep the connection open.
   *
   * Risk: a later major version may frame messages differently.
   */
  readonly otherVersions: boolean
  /**
   * A request target may hold bytes from 0x80 on, as sent by clients that do not percent-encode (RFC 9112 section 3.2).
   *
   * Risk: programs that decode, truncate or normalise these bytes see different targets.
   */
  readonly obsTextInTarget: boolean
}

/** Name of a switch in {@link Leniencies}. */
export type Leniency = keyof Leniencies

/** The default of a parser: all switches off. */
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
 * All switches, with those that the caller set.
 *
 * @throws LocalProtocolError `INVALID_OPTION` for an unknown name: a typing error would silently leave the parser strict.
 */
export function resolveLeniencies(given: Partial<Leniencies> | undefined): Leniencies {
  if (given === undefined) return STRICT
  const stranger = Object.keys(given).find((name) => !Object.hasOwn(STRICT, name))
  if (stranger !== undefined) {
    throw new LocalProtocolError('INVALID_OPTION', `there is no leniency ${JSON.stringify(stranger)}`)
  }
  return { ...STRICT, ...given }
}

/** The names of the switches that are on, in the order of {@link Leniencies}; as a cassette lists them. */
export function leniencyNames(given: Partial<Leniencies> | undefined): string[] {
  return Object.entries(resolveLeniencies(given)).flatMap(([name, isOn]) => (isOn ? [name] : []))
}
