/**
 * A `fetch` over a connector: for code that takes one, so that a cassette can stand behind it.
 *
 * @packageDocumentation
 */
export { type ConnectorFetch, type ConnectorFetchOptions, fetchOver } from '../fetch/fetch-over.ts'
