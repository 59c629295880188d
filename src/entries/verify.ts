/**
 * Sends the requests of a cassette to the server again, and grades how its answers have drifted from the recorded ones.
 *
 * @packageDocumentation
 */
export { type Drift, type Grade, GRADES } from '../verify/drift.ts'
export { toJunit } from '../verify/junit.ts'
export { type VerifiedInteraction, verifyCassette, type VerifyOptions } from '../verify/verify-cassette.ts'
