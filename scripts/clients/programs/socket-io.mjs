import { io } from 'socket.io-client'

const { NAME = 'Ada', SERVER_URL, TRANSPORTS = 'websocket' } = process.env
const print = (...seen) => console.log(JSON.stringify(seen))

/** What is heard on a connection over these transports. */
const talk = (transports) =>
  new Promise((resolve) => {
    const heard = []
    // The time in the URLs of polls would be another one each time.
    const socket = io(SERVER_URL, { transports, reconnection: false, forceNew: true, timestampRequests: false })
    const { engine } = socket.io
    const say = () =>
      socket.emit('say', { text: 'hello', name: NAME }, (answer) => {
        heard.push('acknowledged', answer)
        socket.emit('bytes', Buffer.from([1, 2, 255]), (echo) => {
          heard.push(echo.toString('hex'))
          socket.disconnect()
        })
      })
    for (const name of ['welcome', 'said']) socket.on(name, (message) => heard.push(name, message))
    socket.on('connect_error', (error) => resolve([...heard, 'error', error.message]))
    socket.on('connect', () => {
      heard.push('connected')
      if (transports.length === 1 || engine.transport.name === 'websocket') say()
      else engine.once('upgrade', say)
    })
    socket.on('disconnect', (reason) => resolve([...heard, engine.transport.name, reason]))
  })

for (let count = 0; count < 2; count++) print(await talk(TRANSPORTS.split(' ')))
