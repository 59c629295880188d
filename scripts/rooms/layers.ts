/** Sockets and TLS. */
const SOCKETS = ['node:net', 'node:tls']
const FILES = ['node:fs', 'node:fs/promises', 'node:path', 'node:os']
/** All of http1 except its response parser, which only the client may use. */
const HTTP1 = ['http1', '!http1/response-parser.ts']

/**
 * Which folder may import which, lowest layer first. A folder may always import itself, and nothing listed after it.
 *
 * A `!` takes back what a folder's entry allowed. ARCHITECTURE.md shows the same table; `npm run rooms -- --table` prints it.
 */
// oxfmt-ignore
export const LAYERS: readonly Layer[] = [
  layer('errors.ts', []),
  layer('timers.ts', []),
  layer('when-there.ts', []),
  layer('system-error.ts', [], ['node:util']),
  layer('version.ts', []),
  layer('transport.ts', []),
  layer('clock.ts', ['timers.ts']),
  layer('late-transport.ts', ['transport.ts']),
  layer('options.ts', ['errors.ts']),
  layer('one-run.ts', []),
  layer('http1', ['errors.ts']),
  layer('content', ['errors.ts', ...HTTP1, 'diff'], ['node:zlib', 'node:stream', 'node:buffer', 'node:module']),
  layer('named', ['content']),
  layer('templates', ['content'], ['node:buffer']),
  layer('websocket', [], ['node:zlib', 'node:crypto']),
  layer('protocols', ['errors.ts', 'transport.ts']),
  layer('client', ['options.ts', 'errors.ts', 'timers.ts', 'system-error.ts', 'clock.ts', 'transport.ts', 'http1', 'content'], [...SOCKETS, 'node:stream']),
  layer('fetch', ['options.ts', 'errors.ts', 'transport.ts', 'content', 'client'], ['node:vm']),
  layer('tape', ['errors.ts', 'system-error.ts', 'transport.ts'], ['node:zlib']),
  layer('messages', ['errors.ts', ...HTTP1, 'websocket', 'content', 'tape']),
  layer('interactions', ['errors.ts', 'transport.ts', ...HTTP1, 'websocket', 'tape', 'messages']),
  layer('faults', ['options.ts', 'errors.ts', 'tape', 'interactions']),
  layer('format', ['errors.ts', 'transport.ts', 'websocket', 'content', 'tape', 'messages', 'yaml'], ['node:buffer', 'node:module']),
  layer('secrets', ['content']),
  layer('redaction', ['options.ts', 'errors.ts', ...HTTP1, 'websocket', 'content', 'named', 'tape', 'messages', 'secrets'], ['node:buffer', 'node:util']),
  layer('hooks', ['options.ts', 'errors.ts', 'timers.ts', 'when-there.ts', 'transport.ts', ...HTTP1, 'content', 'tape', 'messages'], ['node:vm', 'node:path', 'node:url']),
  layer('matching', ['one-run.ts', 'options.ts', 'errors.ts', 'timers.ts', 'http1/events.ts', 'websocket', 'content', 'templates', 'interactions', 'secrets']),
  layer('outgoing', ['transport.ts', 'late-transport.ts', ...HTTP1, 'content', 'tape', 'messages', 'interactions', 'redaction']),
  layer('playback', ['when-there.ts', 'errors.ts', 'tape', 'interactions', 'hooks']),
  layer('store', ['options.ts', 'errors.ts', 'timers.ts', 'tape', 'format'], [...FILES, 'node:buffer', 'node:crypto', 'node:worker_threads']),
  layer('recorder', ['one-run.ts', 'options.ts', 'errors.ts', 'timers.ts', 'version.ts', 'transport.ts', 'protocols', 'tape', 'messages', 'interactions', 'format', 'redaction', 'hooks', 'store']),
  layer('misses', ['errors.ts', 'transport.ts', ...HTTP1, 'content', 'tape', 'protocols', 'interactions', 'matching', 'redaction', 'outgoing'], ['node:util']),
  layer('replay', ['one-run.ts', 'misses', 'options.ts', 'errors.ts', 'timers.ts', 'clock.ts', 'transport.ts', 'protocols', ...HTTP1, 'websocket', 'content', 'templates', 'tape', 'interactions', 'faults', 'matching', 'redaction', 'outgoing', 'playback'], ['node:util']),
  layer('inspection', ['options.ts', 'errors.ts', ...HTTP1, 'content', 'templates', 'tape', 'messages', 'interactions', 'format', 'secrets', 'redaction', 'outgoing', 'store'], [...FILES, 'node:buffer', 'node:zlib']),
  layer('report', ['errors.ts', 'websocket', 'content', 'tape', 'messages', 'inspection'], ['node:buffer', 'node:crypto']),
  layer('certificates', ['errors.ts', 'timers.ts'], ['node:crypto', 'node:net', 'node:tls']),
  layer('listen', ['options.ts', 'errors.ts', 'timers.ts', 'clock.ts', 'transport.ts', 'late-transport.ts', ...HTTP1, 'content', 'client/socket-transport.ts', 'messages', 'certificates'], [...SOCKETS]),
  layer('serve', ['options.ts', 'errors.ts', 'timers.ts', 'clock.ts', 'transport.ts', 'late-transport.ts', ...HTTP1, 'client/timeouts.ts', 'tape', 'messages', 'interactions', 'store', 'misses', 'replay', 'listen', 'content', 'templates'], ['node:net']),
  layer('intercept', ['errors.ts', 'timers.ts', 'transport.ts', 'late-transport.ts', 'certificates', 'client/socket-error.ts', 'client/socket-endings.ts', 'client/socket-facts.ts', 'client/socket-transport.ts', 'client/socket-connector.ts', 'listen'], [...SOCKETS, 'node:fs', 'node:events', 'node:async_hooks', 'node:diagnostics_channel', 'node:http', 'node:https']),
  layer('use', ['one-run.ts', 'options.ts', 'errors.ts', 'timers.ts', 'clock.ts', 'transport.ts', 'late-transport.ts', 'protocols', 'content', 'client', 'tape', 'messages', 'interactions', 'format', 'redaction', 'hooks', 'store', 'recorder', 'misses', 'replay', 'inspection', 'report', 'playback', 'listen/addresses.ts', 'intercept'], ['node:path', 'node:crypto', 'node:timers/promises']),
  layer('runner', ['options.ts', 'errors.ts', 'transport.ts', 'content', 'client/socket-connector.ts', 'store/cassette-name.ts', 'misses', 'intercept', 'use', 'vitest', '@jest/globals'], [...FILES, 'node:url', 'node:vm', 'node:module', 'node:async_hooks', 'node:test']),
  layer('link', ['errors.ts', 'transport.ts', 'client/socket-transport.ts', 'client/socket-connector.ts', 'listen/local-server.ts', 'intercept'], ['node:crypto']),
  layer('proxy', ['options.ts', 'errors.ts', 'timers.ts', 'transport.ts', ...HTTP1, 'client/socket-connector.ts', 'certificates', 'listen', 'serve', 'intercept/named-hosts.ts', 'use'], ['node:net', 'node:tls', 'node:fs', 'node:fs/promises', 'node:path', 'node:os', 'node:dns', 'node:crypto', 'node:http']),
  layer('register', ['timers.ts', 'one-run.ts', 'errors.ts', 'transport.ts', 'protocols', 'client/socket-connector.ts', 'content', 'tape', 'messages', 'interactions', 'redaction', 'hooks', 'matching/match-on.ts', 'replay/timing.ts', 'store', 'certificates', 'listen', 'intercept', 'use', 'proxy', 'link'], ['node:fs', 'node:fs/promises', 'node:path', 'node:os', 'node:crypto', 'node:net', 'node:url', 'node:module', 'node:child_process', 'node:worker_threads']),
  layer('verify', ['options.ts', 'errors.ts', 'timers.ts', 'transport.ts', ...HTTP1, 'content', 'templates', 'client', 'tape', 'messages', 'redaction', 'recorder', 'misses', 'replay', 'inspection', 'report', 'outgoing']),
  layer('torture', ['options.ts', 'errors.ts', 'timers.ts', 'clock.ts', 'transport.ts', 'client', 'tape', 'interactions', 'faults', 'store', 'replay'], ['node:util']),
  layer('packets', ['errors.ts']),
  layer('import', ['options.ts', 'errors.ts', 'system-error.ts', 'version.ts', 'transport.ts', ...HTTP1, 'websocket', 'content', 'tape', 'packets', 'yaml'], [...FILES, 'node:zlib', 'node:util', 'node:child_process']),
  layer('view', ['errors.ts', 'websocket', 'content', 'tape', 'messages', 'inspection', 'report', 'store'], ['node:buffer', 'node:crypto', 'node:events', 'node:fs/promises', 'node:http', 'node:path']),
  layer('shrink', ['options.ts', 'errors.ts', 'timers.ts', 'content', 'tape', 'messages', 'store'], ['node:buffer', 'node:crypto']),
  layer('entries', ['errors.ts', 'transport.ts', 'content', 'client', 'fetch', 'tape', 'messages', 'interactions', 'format', 'redaction', 'hooks', 'store', 'recorder', 'replay', 'inspection', 'certificates', 'listen', 'serve', 'proxy', 'verify', 'torture', 'shrink', 'view']),
  layer('index.ts', ['errors.ts', 'version.ts', 'transport.ts', 'clock.ts', 'protocols', 'http1', 'content', 'client', 'tape', 'interactions', 'faults', 'hooks', 'redaction', 'store', 'recorder', 'matching', 'playback', 'misses', 'replay', 'use']),
  layer('msw', ['options.ts', 'errors.ts', 'timers.ts', 'index.ts', 'entries', 'content', 'tape', 'messages', 'msw'], ['node:buffer']),
  layer('generate', ['options.ts', 'errors.ts', 'version.ts', 'websocket', 'transport.ts', ...HTTP1, 'content', 'tape', 'messages', 'packets', 'msw', 'quicktype-core'], ['node:buffer']),
  layer('playwright', ['options.ts', 'errors.ts', 'transport.ts', 'http1/events.ts', 'client/socket-connector.ts', 'listen/refusal.ts', 'intercept', 'use/test-name.ts', 'use/capture-options.ts', 'runner', 'link', 'register', 'proxy', 'index.ts', 'entries', 'report', '@playwright/test', 'content'], ['node:fs', 'node:os', 'node:path', 'node:crypto', 'node:url', 'node:http', 'node:https']),
  layer('console', ['index.ts', 'timers.ts', 'content', 'commander', 'ora'], ['node:util', 'node:process', 'node:buffer']),
  layer('requests', ['index.ts', 'entries', 'register', 'timers.ts', 'content', 'report', 'console', 'commander'], [...FILES, 'node:util', 'node:process', 'node:buffer', 'node:crypto', 'node:child_process', 'node:events', 'node:url']),
  layer('cli', ['index.ts', 'entries', 'register', 'console', 'requests', 'timers.ts', 'transport.ts', 'content', 'matching/match-check.ts', 'use/record-mode.ts', 'hooks/hooks-module.ts', 'import', 'generate', 'report', 'commander', 'ora'], [...FILES, 'node:util', 'node:process', 'node:buffer', 'node:crypto', 'node:child_process', 'node:events', 'node:url']),
]

/** A file or folder at the top of `src`, and what it may import: files and folders of ours, packages, modules of Node. */
export interface Layer {
  readonly name: string
  readonly ours: readonly string[]
  readonly node: readonly string[]
}

function layer(name: string, ours: readonly string[], node: readonly string[] = []): Layer {
  return { name, ours, node }
}

/** The same as a row of the table in ARCHITECTURE.md. */
export function rowOf({ name, ours, node }: Layer): string {
  const taken = ours.filter((each) => each.startsWith('!')).map((each) => each.slice(1))
  const given = [...ours.filter((each) => !each.startsWith('!')), ...node].map((each) => `\`${each}\``)
  const but = taken.includes('http1/response-parser.ts') ? ' (`http1` without its response parser)' : ''
  return `| \`${name}\` | ${given.length === 0 ? 'nothing' : given.join(', ')}${but} |`
}

/** Imports of a file that its layer does not allow. */
export function strayImports(file: string, imports: Iterable<string>): readonly string[] {
  const unit = file.split('/')[0] ?? file
  const found = LAYERS.find(({ name }) => name === unit)
  if (found === undefined) return [`${unit} is not in the table`]
  const forbidden = found.ours.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1))
  const allowed = [unit, ...found.node, ...found.ours.filter((rule) => !rule.startsWith('!'))]
  return [...imports].filter(
    (target) => !allowed.some((rule) => matches(target, rule)) || forbidden.some((rule) => matches(target, rule)),
  )
}

const matches = (target: string, rule: string): boolean => target === rule || target.startsWith(`${rule}/`)

/** Entries of a layer that are listed after it: arrows that point up. */
export function arrowsUp(): readonly string[] {
  const names = LAYERS.map(({ name }) => name)
  return LAYERS.flatMap(({ name, ours }, place) =>
    ours
      .map((rule) => rule.replace(/^!/, ''))
      .filter((rule) => names.indexOf(rule.split('/')[0] ?? '') > place || names.indexOf(rule) > place)
      .map((rule) => `${name} -> ${rule}`),
  )
}
