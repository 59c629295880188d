import { expect, onTestFinished, test as base } from 'vitest'
import { cassetteOf, type OpenCassette, useCassette } from 'wiretape'

const API = process.env['API_URL'] ?? 'http://127.0.0.1:8080'

// A cassette for each test, as a fixture; what a test that fails has recorded is not saved.
const test = base.extend<{ cassette: OpenCassette }>({
  cassette: async ({ task }, use) => {
    const { dir, name } = cassetteOf(task.file.filepath, [task.name])
    const cassette = await useCassette(name, { dir })
    onTestFinished(() => {
      // Not in `onTestFailed`: it is called later, when what the test recorded would be saved already.
      if (task.result?.state === 'fail') cassette.noteFailure()
      return cassette.eject()
    })
    await use(cassette)
  },
})

test('lists users', async ({ cassette }) => {
  const connection = cassette.connect(API)
  await connection.request('GET', '/users')
  expect(await (await connection.getResponse()).text()).toContain('/users')
})
