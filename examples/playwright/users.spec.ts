import { expect, test } from 'wiretape/playwright'

test.use({ baseURL: process.env['API_URL'] ?? 'http://127.0.0.1:8080' })

test('lists users', async ({ fetch, cassette }) => {
  const response = await fetch('/users')
  expect(response).toHaveStatus(200)
  expect(await response.text()).toContain('/users')
  expect(cassette).toHaveSentBytes('GET /users HTTP/1.1\r\n')
})

test('a client of any kind', async ({ replayServer, baseURL }) => {
  const url = await replayServer(baseURL ?? '')
  expect(await globalThis.fetch(`${url}/orders`)).toHaveStatus(200)
})
