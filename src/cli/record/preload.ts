/**
 * Runs first in each Node process under `wiretape record -- COMMAND`, and gives it a connector that records.
 *
 * Most of those processes never connect, so nothing is loaded or written before the first connection.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import type { Connector } from '../../index.ts'
import type { Recording } from '../../entries/cassette.ts'
import { PROCESS_CONNECTOR } from '../../transport.ts'
import { type ChildRecording, type ChildState, parseChildRecording, RECORDING_VARIABLE } from './child-recording.ts'

const json = process.env[RECORDING_VARIABLE]
if (json !== undefined) install(parseChildRecording(json))

interface Opened {
  readonly recording: Recording
  readonly connector: Connector
}

function install(child: ChildRecording): void {
  let opened: Promise<Opened> | undefined
  const connector: Connector = async (origin, options) => {
    opened ??= open(child)
    return (await opened).connector(origin, options)
  }
  Object.defineProperty(globalThis, PROCESS_CONNECTOR, { value: connector })
}

async function open(child: ChildRecording): Promise<Opened> {
  const { connectSocket } = await import('../../index.ts')
  const { openRecording } = await import('./cassette-target.ts')
  // One process after another: each adds to what this command has recorded so far.
  const recording = await openRecording({ ...child, adds: child.adds || existsSync(child.state) })
  noteState(child, 'open')
  // A process that ends in another way, such as process.exit(), leaves a journal, from which the command makes a cassette.
  process.once('beforeExit', () => void save(child, recording))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) endOn(signal)
  return { recording, connector: recording.wrap(connectSocket) }
}

/** Lets the journal write what it has, if the program does not handle the signal. */
function endOn(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void {
  process.prependListener(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal])
  })
}

async function save(child: ChildRecording, recording: Recording): Promise<void> {
  const { tellSaved } = await import('./cassette-target.ts')
  const { describeError } = await import('../console/failure.ts')
  const { escapeText, Output } = await import('../console/terminal.ts')
  const err = new Output(process.stderr)
  try {
    await recording.save()
    const { cassette, redaction } = recording
    await tellSaved({ ...child, cassette, redaction }, err)
  } catch (error) {
    err.line(`${err.paint('failed', 'error:')} ${escapeText(describeError(error))}`)
    process.exitCode ||= 1
  } finally {
    noteState(child, 'ended')
  }
}

function noteState({ state }: ChildRecording, value: ChildState): void {
  writeFileSync(state, value)
}
