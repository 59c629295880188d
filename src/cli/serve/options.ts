import { InvalidArgumentError } from 'commander'

/** Of an option that may be repeated. */
export const collect = (name: string, before: readonly string[] = []): readonly string[] => [...before, name]

/** Parses `--port`. */
export function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('Give a number from 0 to 65535.')
  return port
}

/** Parses `--miss-status`. */
export function parseStatus(text: string): number {
  const status = Number(text)
  if (!/^[45]\d\d$/.test(text)) throw new InvalidArgumentError('Give a status from 400 to 599.')
  return status
}

/** @throws InvalidArgumentError for what is not a number of clients. */
export function parseClients(text: string): number {
  const clients = Number(text)
  if (!Number.isInteger(clients) || clients < 1) throw new InvalidArgumentError('Give a whole number, 1 or more.')
  return clients
}
