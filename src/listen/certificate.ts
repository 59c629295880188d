import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP, SocketAddress } from 'node:net'
import { systemNow } from '../timers.ts'

/** A private key and its certificate, PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/**
 * Makes a key that never leaves this process, and a certificate for these names and addresses. A client must be told to
 * trust it.
 *
 * Node cannot make certificates, so this file writes the few structures of RFC 5280 that are needed; Node signs them.
 */
export function createCertificate(names: readonly string[], now: number = systemNow()): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const toBeSigned = tbsCertificate(names, publicKey, now)
  const signature = sign('sha256', toBeSigned, privateKey)
  const certificate = sequence(toBeSigned, ECDSA_WITH_SHA256, bitString(signature))
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem('CERTIFICATE', certificate),
  }
}

/** RFC 5280 section 4.1. */
function tbsCertificate(names: readonly string[], publicKey: KeyObject, now: number): Buffer {
  const issuer = sequence(set(sequence(COMMON_NAME, utf8String('wiretape serve'))))
  // The clock of a container may be slow.
  const validity = sequence(time(now - DAY), time(now + 30 * DAY))
  const key = publicKey.export({ type: 'spki', format: 'der' })
  return sequence(
    explicit(0, integer(Buffer.of(2))), // version 3
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    issuer,
    validity,
    issuer,
    key,
    explicit(3, sequence(...extensions(names))),
  )
}

const DAY = 86_400_000

/** RFC 5280 section 4.2.1: it may sign only itself, and is only for servers. */
function extensions(names: readonly string[]): readonly Buffer[] {
  return [
    extension('55 1d 13', sequence(TRUE, integer(Buffer.of(0))), 'critical'), // basicConstraints: CA, path length 0
    extension('55 1d 0f', element(0x03, Buffer.of(2, 0x84)), 'critical'), // keyUsage: digitalSignature, keyCertSign
    extension('55 1d 25', sequence(objectId('2b 06 01 05 05 07 03 01'))), // extKeyUsage: serverAuth
    extension('55 1d 11', sequence(...names.map(generalName))), // subjectAltName
  ]
}

function extension(id: string, value: Buffer, isCritical?: 'critical'): Buffer {
  return sequence(objectId(id), ...(isCritical === undefined ? [] : [TRUE]), element(0x04, value))
}

/** dNSName or iPAddress. */
function generalName(name: string): Buffer {
  return isIP(name) === 0 ? element(0x82, Buffer.from(name, 'latin1')) : element(0x87, addressBytes(name))
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  // Node writes it with at most one `::`, and dots only in an IPv4 part.
  const { address: text } = new SocketAddress({ address, family: 'ipv6' })
  const [head = '', tail] = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, dotsToGroups).split('::')
  const [first, last] = [groupsOf(head), groupsOf(tail ?? '')]
  const groups = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last]
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

const groupsOf = (text: string): readonly number[] =>
  text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))

const dotsToGroups = (_: string, a: string, b: string, c: string, d: string): string =>
  [
    [a, b],
    [c, d],
  ]
    .map(([high, low]) => (Number(high) * 256 + Number(low)).toString(16))
    .join(':')

/** UTCTime up to 2049, as RFC 5280 section 4.1.2.5 has it, then GeneralizedTime. */
function time(milliseconds: number): Buffer {
  const digits = `${new Date(milliseconds).toISOString().replaceAll(/\.\d+|\D/g, '')}Z`
  return Number(digits.slice(0, 4)) < 2050
    ? element(0x17, Buffer.from(digits.slice(2)))
    : element(0x18, Buffer.from(digits))
}

/** An element of DER (ITU-T X.690): tag, length, content. */
function element(tag: number, content: Uint8Array): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), content])
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => element(0x30, Buffer.concat(parts))
const set = (...parts: readonly Uint8Array[]): Buffer => element(0x31, Buffer.concat(parts))
const integer = (bytes: Uint8Array): Buffer => element(0x02, bytes)
const bitString = (bytes: Uint8Array): Buffer => element(0x03, Buffer.concat([Buffer.of(0), bytes]))
const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text))
const objectId = (hex: string): Buffer => element(0x06, Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const explicit = (number: number, content: Uint8Array): Buffer => element(0xa0 + number, content)
const TRUE = Buffer.of(0x01, 0x01, 0xff)
const COMMON_NAME = objectId('55 04 03')
const ECDSA_WITH_SHA256 = sequence(objectId('2a 86 48 ce 3d 04 03 02'))

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
