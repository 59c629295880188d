import { useCassette } from '../../src/use/use-cassette.ts'

/** Records once with a hook that fails as the second argument says, and ends without saving. */
const [dir = '', fault = '', url = ''] = process.argv.slice(2)
const cassette = await useCassette('exit', {
  dir,
  env: { TENANT_API_KEY: process.env['TENANT_API_KEY'] },
  hookTimeout: 60_000,
  beforeRecord: () => {
    if (fault === 'throws') throw new Error(`no: ${process.env['TENANT_API_KEY']}`)
    return new Promise(() => {})
  },
})
const connection = cassette.connect(url)
await connection.request('GET', '/a')
await (await connection.getResponse()).text()
process.exit()
