const API = process.env['API_URL'] ?? 'http://127.0.0.1:8080'

test('lists users', async () => {
  const response = await fetch(`${API}/users`)
  expect(await response.text()).toContain('/users')
})
