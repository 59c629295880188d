import { expect, onTestFailed, onTestFinished, test as base } from 'vitest'
import { type OpenCassette, useCassette } from 'wiretape'

const API = process.env['API_URL'] ?? 'http://127.0.0.1:8080'

// A cassette for each test, as a fixture; what a test that fails has recorded is not saved.
const test = base.extend<{ cassette: OpenCassette }>({
  cassette: async ({ task }, use) => {
    const cassette = await useCassette(task.name, { dir: 'cassettes' })
    onTestFailed(() => cassette.noteFailure())
    onTestFinished(() => cassette.eject())
    await use(cassette)
  },
})

test('lists users', async ({ cassette }) => {
  const connection = cassette.connect(API)
  await connection.request('GET', '/users')
  expect(await (await connection.getResponse()).text()).toContain('/users')
})
