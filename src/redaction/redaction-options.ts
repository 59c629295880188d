import { LocalProtocolError } from '../errors.ts'
import { SHORTEST_NEEDLE } from '../content/placeholders.ts'
import { checkOptions } from '../options.ts'

/** What becomes of a content that cannot be searched. */
export type OpaquePolicy = 'withhold' | 'keep'

/** What is secret beyond what names and forms tell. */
export interface RedactionOptions {
  /** Values that are to go wherever they stand, in whatever encoding. Default: none. */
  readonly secrets?: readonly (string | undefined)[] | undefined
  /** Where variables with secret names are taken from, such as `process.env`. Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /**
   * What becomes of a body that cannot be searched, as it is in a coding or charset that cannot be undone. Default: `'withhold'`.
   *
   * `'withhold'`: `{{withheld.1}}` stands in its place. `'keep'`: it stays, searched as it stands. The report names it either way.
   */
  readonly opaque?: OpaquePolicy | undefined
}

const REDACTION_OPTIONS: Readonly<Record<keyof RedactionOptions, true>> = {
  secrets: true,
  env: true,
  opaque: true,
}

/**
 * Checks before the first request what {@link redactCassette} would refuse.
 *
 * @throws LocalProtocolError `SECRET_TOO_SHORT`, or `INVALID_OPTION` for a policy that does not exist.
 */
export function checkSecrets(options: RedactionOptions): void {
  checkOptions('redaction', options, REDACTION_OPTIONS)
  const { secrets = [], opaque = 'withhold' } = options
  if (!['withhold', 'keep'].includes(opaque))
    throw new LocalProtocolError('INVALID_OPTION', `opaque: ${JSON.stringify(opaque)} is not one of withhold, keep`)
  const short = secrets.find((secret) => secret !== undefined && secret.length < SHORTEST_NEEDLE)
  if (short !== undefined)
    throw new LocalProtocolError('SECRET_TOO_SHORT', `one of ${short.length} characters was registered`)
}
