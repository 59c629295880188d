import axios from 'axios'
import express from 'express'

const API = process.env['API_URL']
const app = express()

app.get('/', async (_request, response) => {
  const ticket = await (await fetch(`${API}/ticket`)).text()
  response.send(`<p id="server">${ticket}</p>
    <form method="post" action="/action"><input name="note" value="tea"><button>Act</button></form>
    <p id="page"></p><p id="route"></p><p id="socket"></p>
    <script type="module" src="/page.mjs?api=${encodeURIComponent(API)}"></script>`)
})

app.get('/route', async (_request, response) => {
  const { data } = await axios.get(`${API}/ticket`)
  response.send(String(data))
})

app.post('/action', express.urlencoded({ extended: false }), async (request, response) => {
  const answer = await fetch(`${API}/action`, { method: 'POST', body: new URLSearchParams(request.body) })
  response.send(`<p id="action">${await answer.text()}</p>`)
})

app.use(express.static('public'))
app.listen(Number(process.env['PORT']))
