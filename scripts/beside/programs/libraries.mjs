/**
 * Starts a library. Mocking ones answer `/mocked` of `url` with `mocked`, all let everything else pass.
 *
 * Each returns what ends it.
 */
export const LIBRARIES = {
  async msw2(url) {
    const [{ http, HttpResponse }, { setupServer }] = await Promise.all([import('msw2'), import('msw2/node')])
    const server = setupServer(http.get(`${url}/mocked`, () => HttpResponse.text('mocked')))
    server.listen({ onUnhandledRequest: 'bypass' })
    return () => server.close()
  },
  async msw3(url) {
    const [{ http, HttpResponse }, { setupServer }] = await Promise.all([import('msw3'), import('msw3/node')])
    const server = setupServer(http.get(`${url}/mocked`, () => HttpResponse.text('mocked')))
    server.listen()
    return () => server.close()
  },
  nock14: async (url) => withNock((await import('nock14')).default, url),
  nock15: async (url) => withNock((await import('nock15')).default, url),
  async opentelemetry() {
    const [{ NodeTracerProvider }, { registerInstrumentations }, { HttpInstrumentation }, { UndiciInstrumentation }] =
      await Promise.all([
        import('@opentelemetry/sdk-trace-node'),
        import('@opentelemetry/instrumentation'),
        import('@opentelemetry/instrumentation-http'),
        import('@opentelemetry/instrumentation-undici'),
      ])
    const spans = []
    const processor = {
      onStart: (span) => spans.push(span.name),
      onEnd() {},
      forceFlush: async () => {},
      shutdown: async () => {},
    }
    const provider = new NodeTracerProvider({ spanProcessors: [processor] })
    provider.register()
    const stop = registerInstrumentations({
      tracerProvider: provider,
      instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()],
    })
    return () => {
      if (spans.length === 0) throw new Error('OpenTelemetry has seen nothing')
      stop()
    }
  },
  async datadog() {
    const { default: tracer } = await import('dd-trace')
    // Its agent is not there: it says so, and goes on.
    tracer.init({ startupLogs: false, logger: silent, flushInterval: 60_000, remoteConfig: { enabled: false } })
    return () => {}
  },
  async sentry() {
    const sentry = await import('@sentry/node')
    const sent = []
    sentry.init({
      dsn: 'https://key@sentry.invalid/1',
      tracesSampleRate: 1,
      transport: () => ({ send: async (envelope) => (sent.push(envelope), {}), flush: async () => true }),
    })
    return () => sentry.close()
  },
}

/** The libraries that mock. */
export const MOCKS = new Set(['msw2', 'msw3', 'nock14', 'nock15'])

function withNock(nock, url) {
  if (!nock.isActive()) nock.activate()
  nock.enableNetConnect()
  nock(url, { allowUnmocked: true }).get('/mocked').times(2).reply(200, 'mocked')
  return () => {
    nock.cleanAll()
    nock.restore()
  }
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }
