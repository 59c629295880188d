import { existsSync } from 'node:fs'
import { test as base, type TestInfo } from '@playwright/test'
import {
  type HttpConnection,
  type HttpConnectionSettings,
  type OpenCassette,
  type RecordMode,
  useCassette,
  type UseCassetteOptions,
} from '../index.ts'
import { cassettePath } from '../entries/cassette.ts'
import { type ConnectorFetch, fetchOver } from '../entries/fetch.ts'
import { serveConnector, type ServeConnectorOptions, type ServedConnector } from '../entries/serve.ts'
import { attachConversation } from './attachments.ts'
import { CapturedTest } from './captured-test.ts'
import { appUrls, type BothSidesOptions, bothSidesOptions, forBothSides, trusting } from './both-sides.ts'
import { CASSETTE_ANNOTATION, formatNote, noteMisfit } from './cassette-note.ts'
import { LocalProtocolError } from '../errors.ts'
import type { WorkerSides } from './worker-sides.ts'
import type { RunnerOptions } from '../runner/runner-options.ts'
import { captureOptions } from '../use/capture-options.ts'
import { cassetteNameOf, defaultDir, titlesOf } from '../use/test-name.ts'
import { prepareWorkers } from './prepare-workers.ts'
import { WorkerFile } from './worker-file.ts'

/** Options of `use`, for a test, a file, a project or all of them. */
export interface CassetteTestOptions {
  /**
   * For `useCassette`. Better do not set `mode`: see `cassette`. With `capture` each test is caught, whether it asks for `cassette` or not: what its
   * process does, Playwright's `request` included. A test that connects nowhere then has no cassette.
   */
  readonly cassetteOptions: Omit<UseCassetteOptions, 'dir'>
  /** Folder of the cassettes. Default: `<test file>-cassettes` beside the test file. */
  readonly cassetteDir: string | undefined
  /**
   * The page and its app on the cassette of the test: see `docs/both-sides.md`. Default: `true` where the config has called `wiretapeEnv`.
   *
   * Everything that the browser asks for goes through a proxy of the test, and so does `request`. What goes to the app passes; what its server
   * asks for because of it goes to the same cassette.
   */
  readonly bothSides: boolean | BothSidesOptions | undefined
  /** Name of the cassette. Default: made from the titles of the test; no two tests of a file share one. */
  readonly cassetteName: string | undefined
}

/** The fixtures that a test gets by name. */
export interface CassetteFixtures extends CassetteTestOptions {
  /**
   * The cassette of this test: recorded the first time, replayed from then on.
   *
   * `--update-snapshots` records it anew; if `CI` is set, nothing is recorded; `WIRETAPE_MODE` overrides both. The cassette is saved if the
   * test ends as expected. A test that fails, or passes only after a retry, does not change an existing file, unless `cassetteOptions` sets
   * `recordOnError`. A test that would pass fails if there were misses, unless `cassetteOptions` sets `failOnMiss: false`. A test that fails
   * gets three attachments: the misses, the cassette, and the conversation as a page.
   */
  readonly cassette: OpenCassette
  /** A connection over the cassette; it is closed with it. */
  readonly connect: (url: string | URL, settings?: Omit<HttpConnectionSettings, 'connector'>) => HttpConnection
  /** As the global `fetch`, over the cassette; URLs may be relative to `baseURL`. */
  readonly fetch: ConnectorFetch
  /**
   * Starts a local server that stands for an origin over the cassette, and returns its URL: for browsers, and clients of any kind.
   *
   * It is closed at the end of the test.
   */
  readonly replayServer: (origin: string | URL, options?: ServeConnectorOptions) => Promise<string>
}

interface HiddenFixtures {
  readonly _captured: CapturedTest | undefined
  /** Of a test with `bothSides`, the same as `_captured`. */
  readonly _bothCaptured: CapturedTest | undefined
}

interface HiddenOfWorker {
  readonly _workerSides: WorkerSides
  readonly _workerFile: WorkerFile
}

prepareWorkers()

/** How many bytes of each connection `toHaveSentBytes` can see. */
const KEPT_SENT = 1 << 20

/** Playwright's `test` with a `cassette`. */
export const test = base.extend<CassetteFixtures & HiddenFixtures, HiddenOfWorker>({
  cassetteOptions: [{}, { option: true }],
  cassetteDir: [undefined, { option: true }],
  cassetteName: [undefined, { option: true }],
  bothSides: [undefined, { option: true }],
  // The underscore keeps it out of the reports, as that of Playwright's own.
  _captured: [
    async ({ cassetteOptions, cassetteDir, cassetteName, bothSides, _workerFile, _bothCaptured }, use, info) => {
      if (_bothCaptured !== undefined) return use(_bothCaptured)
      await capturing({ cassetteOptions, cassetteDir, cassetteName, bothSides, _workerFile }, use, info)
    },
    { auto: true },
  ],
  // Playwright asks for `proxy` before hooks as `beforeAll`, too, and what they do belongs to the file: without `bothSides` the test is not begun by that.
  _bothCaptured: ({ cassetteOptions, cassetteDir, cassetteName, bothSides, _workerFile }, use, info) =>
    bothSidesOptions(bothSides) === undefined
      ? use(undefined)
      : capturing({ cassetteOptions, cassetteDir, cassetteName, bothSides, _workerFile }, use, info),
  _workerFile: [
    // oxlint-disable-next-line no-empty-pattern -- the runner reads the names of what it has to bring
    async ({}, use) => {
      const file = new WorkerFile((info) => {
        const { cassetteDir, ...project }: ProjectOptions = Object(info.project.use)
        const options = captureOptionsOf(project)
        return options && { ...fileDefaults(info), ...options, dir: cassetteDir }
      })
      await file.open()
      await use(file)
      await file.close()
    },
    { scope: 'worker', auto: true },
  ],
  _workerSides: [
    // oxlint-disable-next-line no-empty-pattern -- the runner reads the names of what it has to bring
    async ({}, use) => {
      const { WorkerSides: Sides } = await import('./worker-sides.ts')
      const sides = new Sides()
      await use(sides)
      await sides.close()
    },
    { scope: 'worker' },
  ],
  launchOptions: [
    async ({ launchOptions, browserName, _workerSides }, use) =>
      use(browserName === 'chromium' ? trusting(launchOptions, _workerSides.spkiHash) : launchOptions),
    { scope: 'worker' },
  ],
  proxy: async ({ proxy, bothSides, baseURL, contextOptions, _bothCaptured, _workerSides }, use, info) => {
    const options = bothSidesOptions(bothSides)
    if (options === undefined || _bothCaptured === undefined) return use(proxy)
    if (proxy !== undefined)
      throw new LocalProtocolError('INVALID_OPTION', 'proxy: with bothSides it is that of the test')
    const app = appUrls(options, baseURL)
    const sides = await _workerSides.open(_bothCaptured, app, contextOptions.ignoreHTTPSErrors !== true)
    await use({ server: sides.url })
    await sides.close()
    if (options.mendOrigins !== true) for (const misfit of sides.misfits) noteMisfit(misfit, info)
  },
  // The proxy verifies the certificates of servers.
  ignoreHTTPSErrors: ({ ignoreHTTPSErrors, bothSides }, use) =>
    use(bothSidesOptions(bothSides) === undefined ? ignoreHTTPSErrors : true),
  cassette: async ({ cassetteOptions, cassetteDir, cassetteName, _captured }, use, info) => {
    if (_captured !== undefined) return use(await _captured.open())
    const { dir, name } = placeOf(cassetteDir, cassetteName, info)
    const cassette = await useCassette(name, { ...defaultsFor(info, dir, name), ...cassetteOptions, dir })
    try {
      await use(cassette)
    } finally {
      await settle(cassette, dir, info, cassetteOptions.failOnMiss ?? true)
    }
  },
  connect: ({ cassette }, use) => use((url, settings) => cassette.connect(url, settings)),
  fetch: async ({ cassette, baseURL }, use) => {
    await using fetch = fetchOver(cassette.connector, { baseURL })
    await use(fetch)
  },
  replayServer: async ({ cassette }, use) => {
    const servers: ServedConnector[] = []
    await use(async (origin, options) => {
      const server = await serveConnector(cassette.connector, origin, options)
      servers.push(server)
      return server.url
    })
    await Promise.all(servers.map((server) => server.close()))
  },
})

/** Catches what a test says, if its options ask for that. */
async function capturing(
  { cassetteOptions, cassetteDir, cassetteName, bothSides, _workerFile }: CassetteTestOptions & HiddenOfCapture,
  use: (captured: CapturedTest | undefined) => Promise<void>,
  info: TestInfo,
): Promise<void> {
  const options = captureOptionsOf({ cassetteOptions, bothSides })
  if (options === undefined) return use(undefined)
  const { dir, name } = placeOf(cassetteDir, cassetteName, info)
  await _workerFile.begin(info, { ...fileDefaults(info), ...options, dir: cassetteDir })
  const captured = await CapturedTest.begin(info, dir, name, { ...defaultsFor(info, dir, name), ...options })
  await use(captured)
  const { opened } = captured
  if (opened !== undefined) await report(opened, dir, info, cassetteOptions.failOnMiss ?? true)
  const problem = await captured.end(info)
  if (problem !== undefined || info.status !== info.expectedStatus) _workerFile.noteFailed()
  if (problem !== undefined) throw problem
}

type HiddenOfCapture = Pick<HiddenOfWorker, '_workerFile'>

/** What a project may say about its cassettes. */
type ProjectOptions = Partial<CassetteTestOptions>

/** Options for all that is caught; `undefined` if nothing is. @throws LocalProtocolError `UNKNOWN_OPTION`. */
function captureOptionsOf({ cassetteOptions = {}, bothSides }: ProjectOptions): RunnerOptions | undefined {
  const sides = bothSidesOptions(bothSides)
  const { capture = sides !== undefined, ...given } = cassetteOptions
  if (capture === false) return undefined
  const options: RunnerOptions = sides === undefined ? given : forBothSides(given, sides)
  return { ...options, hosts: [...(options.hosts ?? []), ...(captureOptions(capture)?.hosts ?? [])] }
}

function placeOf(
  dir: string | undefined,
  name: string | undefined,
  info: TestInfo,
): { readonly dir: string; readonly name: string } {
  return {
    dir: dir ?? defaultDir(info.file),
    name: name ?? cassetteNameOf(titlesOf(info.project.name, info.titlePath.slice(1))),
  }
}

/** For what outlives a test. Of copies of a file (`--repeat-each`) only the first one is recorded. */
const fileDefaults = (info: TestInfo): RunnerOptions => ({
  mode: MODES[info.config.updateSnapshots],
  save: info.repeatEachIndex === 0,
})

const defaultsFor = (info: TestInfo, dir: string, name: string): UseCassetteOptions => ({
  mode: MODES[info.config.updateSnapshots],
  keepSent: KEPT_SENT,
  save: mayReplace(info, cassettePath(dir, name)),
  failOnMiss: true,
})

/** What `--update-snapshots` means for cassettes. */
// oxfmt-ignore
const MODES: Readonly<Record<TestInfo['config']['updateSnapshots'], RecordMode | undefined>> = {
  'default': undefined,
  'all':     'update',
  'changed': 'update',
  'missing': 'once',
  'none':    'none',
}

/**
 * Copies of a test (`--repeat-each`) run in parallel, and only the first one is recorded. A test that passes only after a retry is recorded
 * if there is no cassette, but replaces none.
 */
const mayReplace = ({ repeatEachIndex, retry }: TestInfo, path: string): boolean =>
  repeatEachIndex === 0 && (retry === 0 || !existsSync(path))

/** Reports to runner and reporter, and closes the cassette. */
async function settle(cassette: OpenCassette, dir: string, info: TestInfo, failsOnMiss: boolean): Promise<void> {
  const hasFailed = info.status !== info.expectedStatus
  await report(cassette, dir, info, failsOnMiss)
  if (hasFailed) cassette.noteFailure()
  // The test skipped itself half-way, so the recording is not complete.
  if (info.status === 'skipped') cassette.discard()
  await cassette.eject()
}

async function report(cassette: OpenCassette, dir: string, info: TestInfo, failsOnMiss: boolean): Promise<void> {
  const hasFailed = info.status !== info.expectedStatus
  // Closing the cassette will make the test fail.
  const isAboutToFail = info.status === 'passed' && failsOnMiss && cassette.misses.length > 0
  if (hasFailed || isAboutToFail) await attachConversation(cassette, info)
  const description = formatNote(cassette, { rootDir: info.config.rootDir, dir, hasFailed })
  info.annotations.push({ type: CASSETTE_ANNOTATION, description })
}
