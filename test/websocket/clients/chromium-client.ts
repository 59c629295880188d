import type { Page } from '@playwright/test'
import type { OpenSocket } from './client.ts'

/** In the page: a socket with a queue of what it sees. */
const OPEN = `(key, url) => {
  const events = [], waiting = []
  const add = (event) => (waiting.length > 0 ? waiting.shift()(event) : events.push(event))
  const hex = (data) => Array.from(new Uint8Array(data), (byte) => byte.toString(16).padStart(2, '0')).join('')
  const socket = new WebSocket(url)
  socket.binaryType = 'arraybuffer'
  socket.onopen = () => add('open ' + socket.extensions)
  socket.onmessage = ({ data }) => add(typeof data === 'string' ? 'text: ' + data : 'binary: ' + hex(data))
  socket.onclose = ({ code, reason }) => add('close ' + code + ' ' + reason)
  const next = () => new Promise((resolve) => (events.length > 0 ? resolve(events.shift()) : waiting.push(resolve)))
  window[key] = { socket, next }
}`

let count = 0

/** The WebSocket of the page in a browser. */
export const pageClient =
  (page: Page): OpenSocket =>
  (url) => {
    count += 1
    const key = `socket${count}`
    const opened = page.evaluate(`(${OPEN})(${JSON.stringify(key)}, ${JSON.stringify(url)})`)
    const inPage = async (call: string): Promise<string> => {
      await opened
      return String(await page.evaluate(`${key}.${call}`))
    }
    return {
      send: (data) =>
        void inPage(
          `socket.send(${typeof data === 'string' ? JSON.stringify(data) : `new Uint8Array([${[...data].join(',')}])`})`,
        ),
      close: (code = 1000, reason = '') => void inPage(`socket.close(${code}, ${JSON.stringify(reason)})`),
      next: () => inPage('next()'),
    }
  }
