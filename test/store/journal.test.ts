import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from '../helpers/test.ts'
import { Journal, type JournalRedactor } from '../../src/store/journal.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { lockCassette } from '../../src/store/lock.ts'
import type { BytesEvent, TapeEvent } from '../../src/tape/cassette.ts'
import { lateEvent } from '../../src/tape/late-bytes.ts'
import { bytes, cassetteOf, segmentsOf } from '../helpers/conversations.ts'

const test = base.extend<{ path: string }>({
  path: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'wiretape-journal-'))
    await use(join(folder, 'users.yaml'))
    rmSync(folder, { recursive: true })
  },
})

const { recorded, tape: FIRST } = cassetteOf(bytes('one'))
const segment = (text: string): BytesEvent => ({ type: 'received', connection: 1, at: 2, bytes: bytes(text) })

/** A connection of its own whose bytes cannot be read. */
function unreadable(error: Error): readonly TapeEvent[] {
  const opening = FIRST.flatMap((event) => (event.type === 'open' ? [{ ...event, connection: 2 }] : []))
  const late = lateEvent({ type: 'received', connection: 2, at: 3 }, 9, () => {
    throw error
  })
  return [...opening, late]
}

/** Cannot redact what holds `bad`; `found` says that it finds something in it that stands in earlier lines. */
function failing(found = false): JournalRedactor {
  let hasFound = false
  return {
    redact(events) {
      if (segmentsOf({ version: 1, recorded, tape: events }).includes('bad')) {
        hasFound = found
        throw new RangeError('Maximum call stack size exceeded')
      }
      return hasFound ? events.map((event) => ('bytes' in event ? { ...event, bytes: bytes('***') } : event)) : events
    },
    hasFoundWhatMayStandIn: () => hasFound,
  }
}

/** The same events on another connection. */
const on = (connection = 1, events: readonly TapeEvent[] = []): readonly TapeEvent[] =>
  Array.from(events, (event) => ({ ...event, connection }))

const journalOf = (path: string, redactor?: JournalRedactor): Journal =>
  new Journal(path, lockCassette(path), { recorded, redactor })

test.describe('a record that cannot be written as it is', () => {
  test('loses its bytes, and all others are saved', async ({ path }) => {
    const journal = journalOf(path)
    journal.append(FIRST)
    journal.append(unreadable(new RangeError('too deep')))
    journal.append([segment('three')])
    expect(() => journal.commit()).toThrow(
      expect.objectContaining({
        code: 'RECORDING_LOST',
        message: expect.stringContaining(
          'the bytes of record 2, on connection 2: too deep; 1 in all, and the rest is kept',
        ),
      }),
    )
    const { tape } = await loadCassette(path)
    expect(tape.map(({ type, connection }) => `${type} ${connection}`).toSorted()).toEqual([
      'open 1',
      'open 2',
      'received 1',
      'received 1',
    ])
    expect(segmentsOf({ version: 1, recorded, tape })).toEqual(['one', 'three'])
    expect(readdirSync(join(path, '..'))).toEqual(['users.yaml'])
  })

  test('is written nowhere when it is redacting that fails, and hides what it found in earlier ones', ({ path }) => {
    const journal = journalOf(path, failing(true))
    journal.append(FIRST)
    journal.append([segment('bad')])
    expect(readFileSync(`${path}.rec`, 'utf8')).toContain('***')
    expect(readFileSync(`${path}.rec`, 'utf8')).not.toMatch(/bad|one/)
    expect(() => journal.commit()).toThrow(expect.objectContaining({ code: 'RECORDING_LOST' }))
    expect(readFileSync(path, 'utf8')).toContain('***')
  })

  test('ends the recording where an earlier one cannot be redacted again: a secret may stand in it', ({ path }) => {
    let looks = 0
    const redactor: JournalRedactor = {
      redact(events) {
        looks += 1
        // The first record, the second, and the first again.
        if (looks === 3) throw new RangeError('Maximum call stack size exceeded')
        return events
      },
      hasFoundWhatMayStandIn: () => looks === 2,
    }
    const journal = journalOf(path, redactor)
    journal.append(FIRST)
    const before = readFileSync(`${path}.rec`)
    journal.append([segment('two')])
    journal.append([segment('three')])
    expect(journal.counts).toEqual({ written: 1, lost: 2 })
    expect(readFileSync(`${path}.rec`)).toEqual(before)
    expect(() => journal.commit()).toThrow(
      expect.objectContaining({
        code: 'RECORDING_LOST',
        detail: `2 of 3 records, as of this: Maximum call stack size exceeded; the 1 before are in ${path}.rec, see \`wiretape recover\` (${path})`,
      }),
    )
    expect(readdirSync(join(path, '..'))).toEqual(['users.yaml.rec'])
  })

  test('leaves nothing to save if there is no other', ({ path }) => {
    const journal = journalOf(path, failing())
    journal.append([segment('bad')])
    expect(() => journal.commit()).toThrow(/the bytes of record 1, on connection 1: Maximum call stack/)
    expect(readdirSync(join(path, '..'))).toEqual([])
  })
})

test.describe('a cassette that somebody else has changed since the recording began', () => {
  const CHANGES: Readonly<Record<string, (path: string) => void>> = {
    'to a longer text': (path) => appendFileSync(path, '# more'),
    'to a text of the same length': (path) => {
      writeFileSync(path, readFileSync(path, 'utf8').replace('one', 'two'))
      utimesSync(path, new Date(), new Date(Date.now() + 1000))
    },
    'to a copy': (path) => {
      writeFileSync(`${path}.new`, readFileSync(path))
      utimesSync(`${path}.new`, statSync(path).atime, statSync(path).mtime)
      renameSync(`${path}.new`, path)
    },
    'to none': (path) => rmSync(path),
  }
  for (const [name, change] of Object.entries(CHANGES))
    test(`${name} is not replaced, and the recording stays in its journal`, ({ path }) => {
      const before = journalOf(path)
      before.append(FIRST)
      before.commit()
      const journal = journalOf(path)
      journal.append(FIRST)
      change(path)
      const changed = existsSync(path) ? readFileSync(path, 'utf8') : undefined
      expect(() => journal.commit()).toThrow(
        expect.objectContaining({
          code: 'CASSETTE_CHANGED',
          detail: expect.stringMatching(/^what was recorded is in .*\.rec, see `wiretape recover` \(.*\)$/),
        }),
      )
      expect(existsSync(path) ? readFileSync(path, 'utf8') : undefined).toBe(changed)
      expect(existsSync(`${path}.rec`)).toBe(true)
    })
})

test('recordings share one listener for the end of the process, and leave none', ({ path }) => {
  const before = process.listenerCount('exit')
  const journals = ['a', 'b', 'c'].map((name) => journalOf(`${path}.${name}.yaml`))
  expect(process.listenerCount('exit')).toBe(before + 1)
  for (const journal of journals) journal.discard()
  expect(process.listenerCount('exit')).toBe(before)
})

test('a failure of the system ends a recording, because it fails the next record as well', ({ path }) => {
  const journal = journalOf(path)
  journal.append(FIRST)
  journal.append(unreadable(Object.assign(new Error('EIO: read'), { code: 'EIO', syscall: 'read' })))
  journal.append([segment('three')])
  expect(journal.counts).toEqual({ written: 1, lost: 2 })
  expect(() => journal.commit()).toThrow(/2 of 3 records, as of this: EIO: read; the 1 before are in/)
  expect(readdirSync(join(path, '..'))).toEqual(['users.yaml.rec'])
})

/** What the end of the process would say, and its exit code if it was `before`. */
function ended(journal: Journal, before?: number): { readonly said: string; readonly code: unknown } {
  const { exitCode } = process
  const write = process.stderr.write.bind(process.stderr)
  let said = ''
  process.exitCode = before
  process.stderr.write = (text: string | Uint8Array) => {
    said += String(text)
    return true
  }
  try {
    journal.endWithProcess()
    return { said, code: process.exitCode }
  } finally {
    process.stderr.write = write
    process.exitCode = exitCode
  }
}

test.describe('a process that ends before its recording', () => {
  test('writes what is left, gives the cassette free and keeps the journal', ({ path }) => {
    const journal = new Journal(path, lockCassette(path), { recorded, atExit: () => journal.append([segment('last')]) })
    journal.append(FIRST)
    expect(ended(journal, undefined)).toEqual({ said: '', code: undefined })
    expect(readFileSync(`${path}.rec`, 'utf8')).toContain('last')
    lockCassette(path).release()
    journal.discard()
  })

  test('says what was lost, and fails if it has not failed before', ({ path }) => {
    const journal = journalOf(path)
    journal.append(FIRST)
    journal.append(unreadable(Object.assign(new Error('EIO: read'), { code: 'EIO', syscall: 'read' })))
    const said = expect.stringMatching(/1 of 2 records, as of this: EIO: read; the 1 before are in .*\n$/)
    expect(ended(journal, undefined)).toEqual({ said, code: 1 })
    expect(ended(journal, 0)).toEqual({ said, code: 1 })
    expect(ended(journal, 7)).toEqual({ said, code: 7 })
    journal.discard()
  })
})

test('a recording without a record is an empty tape with its own beginning', ({ path }) => {
  const journal = journalOf(path)
  const empty = { version: 1, recorded, tape: [], records: [], notes: [] }
  expect(journal.read()).toEqual(empty)
  journal.append(FIRST)
  expect(journal.read()).toEqual({ ...empty, tape: FIRST, records: [FIRST] })
  journal.discard()
  expect(journal.read()).toEqual(empty)
})

test('connections whose earlier lines were redacted again are saved in order', async ({ path }) => {
  let looks = 0
  const redactor: JournalRedactor = {
    redact: (events) => events.map((event) => ('bytes' in event ? { ...event, bytes: bytes(`***${looks}`) } : event)),
    hasFoundWhatMayStandIn: () => ++looks === 2,
  }
  const journal = journalOf(path, redactor)
  const [opening, one] = [FIRST.slice(0, 1), segment('one')]
  for (const events of [[...opening, one], [...opening, one], [one]].map((record, place) =>
    on([2, 1, 2][place], record),
  ))
    journal.append(events)
  journal.commit()
  const { records } = await loadCassette(path)
  expect(records.map(([event]) => event?.connection)).toEqual([1, 2, 2])
})

test('what is gone with its folder is not said to be in a journal', ({ path }) => {
  const folder = join(path, '..', 'sub')
  const journal = journalOf(join(folder, 'users.yaml'))
  journal.append(FIRST)
  rmSync(folder, { recursive: true })
  writeFileSync(folder, '')
  expect(() => journal.commit()).toThrow(
    expect.objectContaining({ code: 'CASSETTE_IO', detail: expect.not.stringContaining('wiretape recover') }),
  )
})
