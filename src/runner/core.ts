/**
 * What the faces for test runners share, loaded once a process: Vitest and Jest give each file of tests a realm and copies of all
 * modules, while sockets and cassettes are of the process.
 */
export { FileRun } from './file-run.ts'
export { runnerOptions } from './runner-options.ts'
export { modeOfSnapshots } from './snapshot-mode.ts'
