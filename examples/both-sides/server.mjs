import express from 'express'

const API = process.env['API_URL'] ?? 'https://api.example.com'
const app = express()

/** Express 4 does not wait for handlers. */
const handled = (handler) => async (request, response, next) => {
  try {
    await handler(request, response)
  } catch (error) {
    next(error)
  }
}

async function showShop(_request, response) {
  const teas = await (await fetch(`${API}/teas`)).json()
  response.send(`
    <h1>${teas.map(({ name }) => name).join(', ')}</h1>
    <p id="offer"></p>
    <form method="post" action="/orders"><input name="tea" value="green"><button>Order</button></form>
    <script type="module">
      const offer = await fetch('${API}/offer', { headers: { 'X-Page': 'shop' } })
      document.querySelector('#offer').textContent = await offer.text()
    </script>`)
}

async function order(request, response) {
  const answer = await fetch(`${API}/orders`, { method: 'POST', body: JSON.stringify(request.body) })
  response.send(`<h1>Order ${(await answer.json()).id}</h1>`)
}

app.get('/', handled(showShop))
app.post('/orders', express.urlencoded({ extended: false }), handled(order))
app.listen(Number(process.env['PORT'] ?? 3000))
