import { checkOptions } from '../options.ts'

/** Which connections of the process a cassette takes, beyond those of HTTP to other machines. */
export interface CaptureOptions {
  /**
   * Hosts that are recorded and replayed though they would not be by default: those of this machine, as `localhost:3000`, unix sockets,
   * as `docker.sock.unix`, and servers that do not speak HTTP, as `db:5432`. Patterns as for `ignoreHosts`. Default: none.
   */
  readonly hosts?: readonly (string | RegExp)[] | undefined
}

const CAPTURE_OPTIONS: Readonly<Record<keyof CaptureOptions, true>> = { hosts: true }

/** @throws LocalProtocolError `UNKNOWN_OPTION`, `INVALID_OPTION`. */
export function captureOptions(capture: boolean | CaptureOptions | undefined): CaptureOptions | undefined {
  if (capture === undefined || capture === false) return undefined
  if (capture === true) return {}
  checkOptions('capture', capture, CAPTURE_OPTIONS)
  return capture
}
