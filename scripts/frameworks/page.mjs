const api = new URL(import.meta.url).searchParams.get('api')
const show = (id, text) => (document.querySelector(`#${id}`).textContent = text)

void fetch(`${api}/ticket`, { headers: { 'X-Page': 'yes' } }).then(async (answer) => show('page', await answer.text()))
void fetch('/route').then(async (answer) => show('route', await answer.text()))

const socket = new WebSocket(`${api.replace('http', 'ws')}/feed`)
socket.onopen = () => socket.send('a ticket, please')
socket.onmessage = ({ data }) => show('socket', data)
