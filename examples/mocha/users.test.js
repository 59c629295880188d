import assert from 'node:assert/strict'

const API = process.env['API_URL'] ?? 'http://127.0.0.1:8080'

it('lists users', async () => {
  const response = await fetch(`${API}/users`)
  assert.match(await response.text(), /users/)
})
