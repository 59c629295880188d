import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createSecureServer } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect, createSecureContext, type PeerCertificate, type TlsOptions } from 'node:tls'
import { expect, test } from '../helpers/test.ts'
import { Agent, request } from 'undici'
import { type Certificate, CertificateAuthority } from '../../src/certificates/certificate-authority.ts'
import { useCassette } from '../../src/use/use-cassette.ts'
import { certificateOf } from '../helpers/certificate-of.ts'
import { seenError } from '../helpers/seen-error.ts'
import { serveTls } from '../helpers/tls-server.ts'

interface TlsCase {
  readonly server?: TlsOptions
  readonly certificate?: Promise<Certificate>
  readonly client?: (certificate: string) => ConnectionOptions
  /** How many connections are made, one after another, each with the session of the one before. Default: 1. */
  readonly connections?: number
}

const AUTHORITY = CertificateAuthority.create('an authority of this test')
const OTHER = CertificateAuthority.create('another authority')
const trusted = (ca: string): ConnectionOptions => ({ ca })
const mutual: TlsOptions = { requestCert: true, rejectUnauthorized: true, ca: AUTHORITY.cert }
const self = (name = 'localhost', from = -1, to = 1): Promise<Certificate> => certificateOf(name, from, to)
const signed = Promise.resolve(AUTHORITY.leaf('localhost'))

const CASES: Readonly<Record<string, TlsCase>> = {
  'a certificate that is trusted': { client: trusted },
  'a certificate that nobody trusts': {},
  'any certificate allowed, and nobody trusts it': { client: () => ({ rejectUnauthorized: false }) },
  'a certificate that says more of its owner': {
    certificate: certificateOf('localhost', -1, 1, { C: 'DE', O: 'Example, Inc.', CN: 'server' }),
    client: trusted,
  },
  'a certificate for another name': { certificate: self('other.test'), client: trusted },
  'any certificate allowed, and it is for another name': {
    certificate: self('other.test'),
    client: (ca) => ({ ca, rejectUnauthorized: false }),
  },
  'a certificate that has expired': { certificate: self('localhost', -9, -2), client: trusted },
  'any certificate allowed, and it has expired': {
    certificate: self('localhost', -9, -2),
    client: (ca) => ({ ca, rejectUnauthorized: false }),
  },
  'a certificate of an own authority': { certificate: signed, client: () => ({ ca: AUTHORITY.cert }) },
  'a certificate of an authority that is not known': { certificate: signed, client: () => ({ ca: OTHER.cert }) },
  'a check of the server that throws': {
    client: (ca) => ({ ca, checkServerIdentity: () => Object.assign(new Error('not this one'), { code: 'NOT_THIS' }) }),
  },
  'a certificate that is pinned by its fingerprint': { client: pinned('') },
  'another certificate than the pinned one': { client: pinned('00:') },
  'a certificate of the client, as the server wants it': {
    server: mutual,
    client: (ca) => ({ ca, ...AUTHORITY.leaf('client.test') }),
  },
  'no certificate of the client, though the server wants one': { server: mutual, client: trusted },
  'no certificate of the client, TLS 1.2': { server: { ...mutual, maxVersion: 'TLSv1.2' }, client: trusted },
  'another name in SNI': {
    certificate: self('other.test'),
    server: { SNICallback: (name, done) => done(null, name === 'other.test' ? undefined : createSecureContext()) },
    client: (ca) => ({ ca, servername: 'other.test' }),
  },
  'a protocol that both know': {
    server: { ALPNProtocols: ['two', 'three'] },
    client: (ca) => ({ ca, ALPNProtocols: ['one', 'two'] }),
  },
  'no protocol in common': {
    server: { ALPNProtocols: ['two'] },
    client: (ca) => ({ ca, ALPNProtocols: ['one'] }),
  },
  'no version in common': { server: { maxVersion: 'TLSv1.2' }, client: (ca) => ({ ca, minVersion: 'TLSv1.3' }) },
  'an old version': { server: { maxVersion: 'TLSv1.2' }, client: trusted },
  'a session that is resumed': { client: trusted, connections: 2 },
}

/** Checks a fingerprint of its own, as documentation of Node shows it. */
function pinned(prefix: string): (certificate: string) => ConnectionOptions {
  return (ca) => ({
    ca,
    checkServerIdentity: (_host, { raw, fingerprint256 }) => {
      const isIt = ca.includes(raw.toString('base64').slice(0, 40)) && `${prefix}${fingerprint256}` === fingerprint256
      return isIt ? undefined : Object.assign(new Error('pinned'), { code: 'PINNED' })
    },
  })
}

/** What a client sees of its connection, and of what is said on it. */
async function talk(
  port: number,
  options: ConnectionOptions,
  session?: Buffer,
): Promise<readonly [unknown, Buffer | undefined]> {
  const socket = connect({ port, host: 'localhost', servername: 'localhost', ...options, ...(session && { session }) })
  const events: unknown[] = []
  let kept: Buffer | undefined
  socket.on('session', (given: Buffer) => (kept = given))
  socket.on('secureConnect', () => {
    const { subject, issuer }: Partial<PeerCertificate> = socket.getPeerCertificate()
    const { authorized, authorizationError, alpnProtocol } = socket
    const isReused = socket.isSessionReused()
    const facts = { authorized, authorizationError, alpnProtocol, isReused, version: socket.getProtocol(), subject }
    events.push(facts, issuer === undefined ? 'no issuer' : 'an issuer')
    socket.write('hello')
  })
  socket.on('data', (bytes) => {
    events.push(String(bytes))
    socket.end()
  })
  socket.on('end', () => events.push('end'))
  socket.on('error', (error) => events.push(seenError(error, port)))
  const [hadError] = await once(socket, 'close').catch(() => once(socket, 'close'))
  return [[...events, hadError], kept]
}

test.describe('TLS: the same by itself, recorded and replayed:', () => {
  for (const [name, { server, certificate = self(), client = () => ({}), connections = 1 }] of Object.entries(CASES))
    test(name, async () => {
      const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
      const options = { dir, env: {}, capture: { hosts: ['localhost'] } }
      const made = await certificate
      const tls = await serveTls(
        (socket) => socket.on('data', (bytes) => socket.end(`you said ${String(bytes)}`)),
        made,
        undefined,
        server,
      )
      const run = async (): Promise<readonly unknown[]> => {
        const seen: unknown[] = []
        let session: Buffer | undefined
        for (let count = 0; count < connections; count++) {
          const [one, given] = await talk(tls.port, client(made.cert), session)
          session = given
          seen.push(one)
        }
        return seen
      }
      try {
        const plain = await run()
        const first = await useCassette('tls', options)
        expect(await run()).toEqual(plain)
        await first.eject()
        await tls[Symbol.asyncDispose]()
        const second = await useCassette('tls', { ...options, mode: 'none' })
        expect(await run()).toEqual(plain)
        await second.eject()
        expect(second.misses).toEqual([])
      } finally {
        await rm(dir, { recursive: true })
      }
    })
})

test('a replay refuses to tell a fingerprint that the cassette does not hold', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
  const made = await self()
  const tls = await serveTls((socket) => socket.resume(), made)
  const fingerprint = async (): Promise<string> => {
    const socket = connect({ port: tls.port, host: 'localhost', ca: made.cert })
    await once(socket, 'secureConnect')
    try {
      return socket.getPeerCertificate().fingerprint256
    } finally {
      socket.destroy()
    }
  }
  const options = { dir, env: {}, capture: { hosts: ['localhost'] } }
  try {
    const plain = await fingerprint()
    const first = await useCassette('tls', options)
    expect(await fingerprint()).toBe(plain)
    await first.eject()
    const second = await useCassette('tls', options)
    await expect(fingerprint()).rejects.toMatchObject({ code: 'CERTIFICATE_NOT_RECORDED' })
    await second.eject()
  } finally {
    await tls[Symbol.asyncDispose]()
    await rm(dir, { recursive: true })
  }
})

test('a client that offers h2 beside HTTP/1.1 gets HTTP/1.1, and the cassette says what was offered', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
  const made = await self()
  const server = createSecureServer({ ...made, allowHTTP1: true }, (asked, response) =>
    response.end(`HTTP/${asked.httpVersion}`),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `https://localhost:${Object(server.address()).port}/`
  const ask = async (): Promise<string> => {
    const dispatcher = new Agent({ allowH2: true, connect: { ca: made.cert } })
    const { body } = await request(url, { dispatcher })
    const text = await body.text()
    await dispatcher.close()
    return text
  }
  const options = { dir, env: {}, capture: { hosts: ['localhost'] } }
  try {
    expect(await ask()).toBe('HTTP/2.0')
    const first = await useCassette('offer', options)
    expect(await ask()).toBe('HTTP/1.1')
    await first.eject()
    const second = await useCassette('offer', options)
    expect(await ask()).toBe('HTTP/1.1')
    await second.eject()
    const text = await readFile(join(dir, 'offer.yaml'), 'utf8')
    expect(text).toContain('alpn: http/1.1, offered: [h2]')
    expect(text).toContain('GET / HTTP/1.1')
  } finally {
    server.close()
    await rm(dir, { recursive: true })
  }
})
