/**
 * Gives names to secrets that several processes may find: each of them calls the same secret the same, and no two secrets have one name.
 */
export interface SecretNames {
  /** A text, such as a cassette, whose names are of other secrets. */
  readonly taken?: string | undefined
  /**
   * The name of a secret, such as `token.1`.
   *
   * @param label what it is called if it has no name yet.
   * @param secret what makes it the same secret.
   * @param from the first number that may be given.
   */
  nameOf(label: string, secret: string, from: number): string
}

const NAMES = Symbol('names of secrets')

/** Options whose redaction takes its names from `names`. Nobody can write that down, and copies of the options keep it. */
export const withSharedNames = <Options extends object>(options: Options, names: SecretNames): Options =>
  Object.assign({ ...options }, { [NAMES]: names })

export const sharedNamesIn = (options: object): SecretNames | undefined => Reflect.get(options, NAMES)
