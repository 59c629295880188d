import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '../helpers/test.ts'
import { CertificateAuthority } from '../../src/certificates/certificate-authority.ts'
import { environmentFor } from '../../src/proxy/environment.ts'
import { hasProgram, missing } from '../helpers/programs.ts'

const run = promisify(execFile)
const PROXY = 'http://127.0.0.1:4321'

async function authority(folder: string): Promise<{ readonly caFile: string; readonly cert: string }> {
  await mkdir(folder, { recursive: true })
  const { cert } = CertificateAuthority.create('env')
  const caFile = path.join(folder, 'ca.pem')
  await writeFile(caFile, cert)
  return { caFile, cert }
}

test('programs get the proxy in every spelling, and loopback is left out unless asked for', async ({}, info) => {
  const { caFile } = await authority(info.outputPath())
  const dir = info.outputPath('files')
  const variables = await environmentFor(PROXY, caFile, { env: {}, dir })
  for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy']) expect(variables[name]).toBe(PROXY)
  expect(variables['NO_PROXY']).toBe('localhost,127.0.0.1,::1')
  expect(variables['JAVA_TOOL_OPTIONS']).toContain('-Dhttp.nonProxyHosts=localhost|127.0.0.1|[::1] ')
  const all = await environmentFor(PROXY, caFile, { env: {}, dir, noProxy: [] })
  expect(all['NO_PROXY']).toBe('')
  expect(all['JAVA_TOOL_OPTIONS']).toContain('-Dhttp.nonProxyHosts= ')
})

test('what a program trusted before it still trusts: the bundle holds the system, the bundles given, and ours', async ({}, info) => {
  const { caFile, cert } = await authority(info.outputPath())
  const own = CertificateAuthority.create('a company').cert
  const ownFile = info.outputPath('company.pem')
  await writeFile(ownFile, own)
  const dir = info.outputPath('files')
  const variables = await environmentFor(PROXY, caFile, {
    env: { SSL_CERT_FILE: ownFile, NODE_EXTRA_CA_CERTS: '/nowhere' },
    dir,
  })
  const bundle = await readFile(variables['SSL_CERT_FILE'] ?? '', 'utf8')
  const holds = (text: string): boolean => bundle.replaceAll(/\s/g, '').includes(text.replaceAll(/\s/g, ''))
  expect(holds(cert)).toBe(true)
  expect(holds(own)).toBe(true)
  expect(bundle.split('BEGIN CERTIFICATE').length).toBeGreaterThan(50)
  // These add to what is trusted, so they name ours alone.
  expect(variables['NODE_EXTRA_CA_CERTS']).toBe(caFile)
  expect(variables['DENO_CERT']).toBe(caFile)
})

test('the options that Java has already stay, and a path with blanks is one word', async ({}, info) => {
  const { caFile } = await authority(info.outputPath())
  const dir = info.outputPath('with blanks')
  const { JAVA_TOOL_OPTIONS = '' } = await environmentFor(PROXY, caFile, { env: { JAVA_TOOL_OPTIONS: '-Xmx64m' }, dir })
  expect(JAVA_TOOL_OPTIONS).toMatch(/^-Xmx64m -Dhttp\.proxyHost=127\.0\.0\.1 -Dhttp\.proxyPort=4321 /)
  expect(JAVA_TOOL_OPTIONS).toMatch(/ "-Djavax\.net\.ssl\.trustStore=[^"]*with blanks[^"]*" /)
})

test('Java reads the trust store', async ({}, info) => {
  test.skip(!hasProgram('keytool'), 'keytool, of a JDK, is not installed')
  const { caFile } = await authority(info.outputPath())
  const dir = info.outputPath('files')
  await environmentFor(PROXY, caFile, { env: {}, dir })
  const { stdout } = await run('keytool', [
    '-list',
    '-keystore',
    path.join(dir, 'ca-bundle.jks'),
    '-storepass',
    'changeit',
  ])
  expect(stdout).toMatch(/wiretape-0, .*trustedCertEntry/)
  expect(stdout.match(/trustedCertEntry/g)?.length).toBeGreaterThan(50)
})

test('Python takes the bundle by its strictest rules', async ({}, info) => {
  test.skip(!hasProgram('python3'), missing('python3', 'python3'))
  const { caFile } = await authority(info.outputPath())
  const { SSL_CERT_FILE = '' } = await environmentFor(PROXY, caFile, { env: {}, dir: info.outputPath('files') })
  const script = 'import ssl, sys; c = ssl.create_default_context(cafile=sys.argv[1]); print(len(c.get_ca_certs()))'
  const { stdout } = await run('python3', ['-c', script, SSL_CERT_FILE])
  expect(Number(stdout)).toBeGreaterThan(50)
})

test('an option that does not exist is refused', async ({}, info) => {
  const { caFile } = await authority(info.outputPath())
  await expect(environmentFor(PROXY, caFile, { noproxy: [] } as object)).rejects.toMatchObject({
    code: 'UNKNOWN_OPTION',
  })
})
