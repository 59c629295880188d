import { EventSource } from 'eventsource'

const print = (...seen) => console.log(JSON.stringify(seen))

const heard = await new Promise((resolve) => {
  const events = []
  const source = new EventSource(`${process.env.SERVER_URL}/events`)
  const note = ({ type, data, lastEventId }) => {
    events.push([type, data, lastEventId])
    if (events.length < 5) return
    source.close()
    resolve(events)
  }
  source.addEventListener('open', () => events.push('open'))
  source.addEventListener('message', note)
  source.addEventListener('named', note)
  source.addEventListener('error', ({ code, message }) => events.push([code, message]))
})
print(heard)
