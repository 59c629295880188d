/** The part of the script that shows one interaction: requests beside answers, each in the form that fits its content. */
export const DETAIL_SCRIPT = String.raw`
// --- one interaction ---

/** How each message is shown, once somebody has chosen. */
let chosen

function drawDetail() {
  const detail = $('detail')
  if (picked < 0) return detail.replaceChildren(el('p', { class: 'empty' }, rows.length ? 'Nothing fits.' : 'Nothing was recorded.'), ...bareConnections())
  const row = rows[picked]
  const { pair } = row
  const both = pair && pair.before !== undefined && pair.after !== undefined
  const sides = both
    ? [sideBySide('Before', 0, pair.before), sideBySide('After', 1, pair.after)]
    : columns(row.exchange, row.connection)
  detail.replaceChildren(
    el('h2', {}, row.label),
    el('p', { class: 'facts' }, ...factsOf(row)),
    pair && pair.changes.length ? el('ul', { class: 'changes' }, ...pair.changes.map(({ text, isVolatile }) => el('li', { class: isVolatile ? 'x' : 'changed' }, words(text)))) : '',
    el('div', { class: 'sides' }, ...sides),
    ...restOf(row),
    ...(row.index === 0 ? bareConnections() : []),
  )
  detail.scrollTop = 0
}
function sideBySide(title, tape, at) {
  const exchange = model.tapes[tape].exchanges[at]
  const connection = model.tapes[tape].connections[exchange.on]
  return el('section', { 'aria-label': title }, el('p', { class: 'facts' }, el('strong', {}, title), ' · ' + visible(model.tapes[tape].name) + ' · ', place(model.tapes[tape], exchange.line)), ...exchange.messages.map((m) => messageView(m, connection)))
}
function columns(exchange, connection) {
  const [request, ...answers] = exchange.messages
  return [
    el('section', { 'aria-label': 'Request' }, messageView(request, connection)),
    el('section', { 'aria-label': 'Answer' }, ...(answers.length ? answers.map((m) => messageView(m, connection)) : [el('p', { class: 'facts' }, 'There is no answer.')])),
  ]
}
function factsOf(row) {
  const { exchange, connection, pair } = row
  const facts = ['interaction ' + (row.at + 1), 'connection ' + connection.number + (exchange.url.startsWith(connection.to) ? '' : ' to ' + visible(connection.to)), visible(exchange.ending)]
  if (exchange.answered >= 0) facts.push('answered in ' + ms(exchange.answered - exchange.asked))
  if (pair) facts.unshift(pair.kind === 'volatile' ? 'differs only in what differs every time' : pair.kind)
  if (connection.cut) facts.push(count(connection.cut, 'byte') + ' of this connection are not in this page')
  return [facts.join(' · ') + ' · ', place(tapeOf(row), exchange.line)]
}
/** Where it stands in the file. */
function place(tape, line) {
  const text = visible(tape.name) + (line ? ':' + line : '')
  return tape.href ? el('a', { href: tape.href + (line ? '#L' + line : ''), title: 'the place in the cassette' }, text) : el('span', {}, text)
}

const TITLES = { request: 'Request', interim: 'Interim answer', response: 'Answer' }
function messageView(message, connection) {
  const side = sideOf(message), whole = bytesOf(connection, side)
  const head = latin1(whole.subarray(message.start, message.headEnd))
  const fields = head.split('\r\n').slice(1).flatMap((line) => { const at = line.indexOf(':'); return at > 0 ? [[line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]] : [] })
  const value = (name) => (fields.find(([n]) => n === name) || ['', ''])[1]
  const payload = dechunked(whole.subarray(message.headEnd, message.end), message.isChunked)
  const content = message.decoded === undefined ? payload.bytes : toBytes(atob(message.decoded))
  const forms = formsOf(content, value('content-type').toLowerCase(), message, connection)
  const body = el('div', {})
  const names = Object.keys(forms)
  const buttons = names.map((name) => el('button', { type: 'button', 'aria-pressed': 'false', on: { click: (event) => { chosen = event.currentTarget.getAttribute('aria-pressed') === 'true' ? undefined : name; show(chosen) } } }, name))
  // What is pressed again is put away.
  const show = (name) => {
    buttons.forEach((button, index) => button.setAttribute('aria-pressed', String(names[index] === name)))
    body.replaceChildren(...(name === undefined ? [] : [forms[name]()]))
  }
  const first = names.includes(chosen) ? chosen : content.length ? names[0] : undefined
  const kind = [content.length ? size(content.length) : '', message.decoded === undefined ? '' : value('content-encoding') + ', ' + size(payload.bytes.length) + ' sent', payload.chunks ? count(payload.chunks, 'chunk') : ''].filter(Boolean).join(', ')
  const view = el('div', {},
    el('h3', {}, TITLES[message.kind], el('span', {}, ...buttons)),
    el('pre', { tabindex: 0, 'aria-label': 'head of the ' + TITLES[message.kind].toLowerCase() }, ...headNodes(head)),
    kind ? el('p', { class: 'facts' }, visible(kind)) : '',
    body,
  )
  show(first)
  return view
}
const latin1 = (bytes) => { let text = ''; for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192)); return text }

function headNodes(head) {
  const lines = head.replace(/\r\n\r\n$/, '').split('\r\n')
  return lines.flatMap((line, index) => {
    const end = index < lines.length - 1 ? '\n' : ''
    const at = line.indexOf(':')
    if (index === 0 || at < 1) return [el('b', {}, ...found(words(line))), end]
    return [el('span', { class: 'k' }, words(line.slice(0, at))), ...found(words(line.slice(at)) + end)]
  })
}
/** Text with what is searched for marked. */
function found(text) {
  const query = $('search').value.toLowerCase()
  if (!query) return [text]
  const nodes = [], low = text.toLowerCase()
  let at = 0
  for (let next = low.indexOf(query); next >= 0 && nodes.length < 400; next = low.indexOf(query, at)) {
    nodes.push(text.slice(at, next), el('mark', {}, text.slice(next, next + query.length)))
    at = next + query.length
  }
  return [...nodes, text.slice(at)]
}

function dechunked(bytes, isChunked) {
  if (!isChunked) return { bytes, chunks: 0 }
  const parts = []
  let at = 0
  for (;;) {
    let end = at
    while (end < bytes.length && bytes[end] !== 10) end += 1
    const length = parseInt(latin1(bytes.subarray(at, end)), 16)
    if (!(length > 0) || end >= bytes.length) break
    parts.push(bytes.subarray(end + 1, Math.min(bytes.length, end + 1 + length)))
    at = end + 1 + length + (bytes[end + 1 + length] === 13 ? 2 : 1)
  }
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) { out.set(part, offset); offset += part.length }
  return { bytes: out, chunks: parts.length }
}

/** The forms in which a content can be shown, the best one first. */
function formsOf(content, type, message, connection) {
  const forms = {}
  const text = content.length ? utf8(content) : undefined
  const image = imageType(content)
  const json = text !== undefined && /^\s*[[{]/.test(text) && text.length < 4e6 ? parsed(text) : undefined
  if (image) forms.image = () => el('img', { alt: 'the image that was ' + sideOf(message) + ', ' + size(content.length), src: 'data:' + image + ';base64,' + btoa(latin1(content)) })
  if (json !== undefined) forms.JSON = () => pre('JSON', ...jsonNodes(json))
  if (text !== undefined && /^text\/event-stream/.test(type)) forms.events = () => eventsTable(text)
  if (text !== undefined && /^application\/x-www-form-urlencoded/.test(type)) forms.form = () => table(['name', 'value'], [...new URLSearchParams(text)])
  if (text !== undefined) forms.text = () => pre('text', ...found(visible(shorten(text, 200000))))
  if (content.length) forms.hex = () => hex(content, 0)
  forms.bytes = () => hex(bytesOf(connection, sideOf(message)).subarray(message.start, message.end), message.start)
  forms.segments = () => segmentsTable(message, connection)
  return forms
}
const pre = (label, ...nodes) => el('pre', { tabindex: 0, 'aria-label': label }, ...nodes)
function parsed(text) { try { return JSON.parse(text) } catch { return undefined } }
/** Kinds of images that cannot hold scripts, told by their first bytes. */
function imageType(bytes) {
  const start = latin1(bytes.subarray(0, 16))
  if (start.startsWith('\x89PNG\r\n')) return 'image/png'
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (/^GIF8[79]a/.test(start)) return 'image/gif'
  if (/^RIFF....WEBP/s.test(start)) return 'image/webp'
  return undefined
}

/** Indented, each kind of value in its colour; numbers as they are written in the text would need a parser, so long ones are in the text form. */
function jsonNodes(value) {
  const nodes = []
  let left = 20000
  const put = (text, kind) => nodes.push(kind ? el('span', { class: kind }, ...found(text)) : text)
  const walk = (item, indent) => {
    if (left-- <= 0) return put('...', 'x')
    if (item === null || typeof item !== 'object') return put(visible(JSON.stringify(item)), typeof item === 'string' ? 's' : 'd')
    const isList = Array.isArray(item), entries = Object.entries(item)
    if (entries.length === 0) return put(isList ? '[]' : '{}')
    put(isList ? '[\n' : '{\n')
    entries.forEach(([key, inner], index) => {
      if (left < 0) return
      put(indent + '  ')
      if (!isList) { put(visible(JSON.stringify(key)), 'k'); put(': ') }
      walk(inner, indent + '  ')
      put(index < entries.length - 1 ? ',\n' : '\n')
    })
    put(indent + (isList ? ']' : '}'))
  }
  walk(value, '')
  return nodes
}

/** RFC of server-sent events: fields by line, an empty line ends an event. */
function eventsTable(text) {
  const events = text.split(/\r\n\r\n|\n\n|\r\r/).filter((block) => block.trim() !== '').slice(0, 2000)
  return table(['event', 'id', 'data'], events.map((block) => {
    const get = (name) => block.split(/\r\n|\n|\r/).flatMap((line) => (line === name ? [''] : line.startsWith(name + ':') ? [line.slice(name.length + 1).replace(/^ /, '')] : [])).join('\n')
    return [get('event') || 'message', get('id'), get('data')]
  }))
}
function table(names, lines) {
  return el('table', {}, el('thead', {}, el('tr', {}, ...names.map((name) => el('th', { scope: 'col' }, name)))),
    el('tbody', {}, ...lines.slice(0, 2000).map((cells) => el('tr', {}, ...cells.map((cell) => el('td', {}, ...found(visible(String(cell)))))))))
}

function segmentsTable(message, connection) {
  const dir = message.kind === 'request' ? 0 : 1, all = connection.segments, lines = []
  for (let i = 0; i < all.length && lines.length < 2000; i += 5)
    if (all[i] === dir && all[i + 2] < message.end && all[i + 2] + all[i + 3] > message.start)
      lines.push([ms(all[i + 1]), 'from byte ' + all[i + 2].toLocaleString('en-US'), size(all[i + 3]), all[i + 4] ? 'line ' + all[i + 4] : ''])
  return table(['at', 'offset', 'size', 'in the file'], lines)
}

function hex(bytes, offset) {
  const rows = []
  for (let at = 0; at < Math.min(bytes.length, 8192); at += 16) {
    const part = Array.from(bytes.subarray(at, at + 16))
    const digits = part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ').padEnd(47)
    rows.push((offset + at).toString(16).padStart(6, '0') + '  ' + digits + '  ' + part.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.')).join(''))
  }
  if (bytes.length > 8192) rows.push('... ' + count(bytes.length - 8192, 'more byte'))
  return el('pre', { class: 'hex', tabindex: 0, 'aria-label': 'bytes in hex' }, rows.join('\n'))
}

// --- what is not a message of HTTP: those of WebSockets, tunnels, connections that were not made ---

function restOf(row) {
  const { connection, exchange } = row
  const last = tapeOf(row).exchanges.findLast((other) => other.on === exchange.on)
  return last === exchange ? restViews(connection) : []
}
function restViews(connection) {
  if (connection.said) return [el('h3', {}, 'Messages'), sayingsTable(connection.said)]
  const rests = ['sent', 'received'].map((side, index) => ({ side, bytes: bytesOf(connection, side).subarray(connection.rest[index]), start: connection.rest[index] })).filter(({ bytes }) => bytes.length)
  if (!rests.length) return []
  return [el('h3', {}, 'Not HTTP'), connection.problem ? el('p', { class: 'facts' }, visible(connection.problem)) : '', ...rests.flatMap(({ side, bytes, start }) => [el('p', { class: 'facts' }, side), hex(bytes, start)])]
}
/** What was said on a WebSocket, each message as what it is. */
function sayingsTable(said) {
  const lines = said.slice(0, 2000).map((one) => [ms(one.at), one.side ? '\u2190 received' : '\u2192 sent', one.kind, size(one.size), sayingView(one)])
  return el('table', {}, el('thead', {}, el('tr', {}, ...['at', 'direction', 'kind', 'size', 'content'].map((name) => el('th', { scope: 'col' }, name)))),
    el('tbody', {}, ...lines.map((cells) => el('tr', {}, ...cells.map((cell) => el('td', {}, typeof cell === 'string' ? visible(cell) : cell))))))
}
function sayingView({ kind, close, content }) {
  if (close !== undefined) return el('span', {}, ...found(visible(close)))
  const bytes = toBytes(atob(content)), text = utf8(bytes)
  if (text === undefined || (/^binary/.test(kind) && bytes.length)) return hex(bytes, 0)
  const json = /^\s*[[{]/.test(text) ? parsed(text) : undefined
  return json === undefined ? el('span', {}, ...found(visible(shorten(text, 20000)))) : pre('JSON', ...jsonNodes(json))
}

/** Connections that carry no interaction. */
function bareConnections() {
  return model.tapes.flatMap((tape) => {
    const used = new Set(tape.exchanges.map(({ on }) => on))
    return tape.connections.flatMap((connection, index) => {
      if (used.has(index)) return []
      const title = el('h2', {}, 'connection ' + connection.number + ' to ' + visible(connection.to))
      const rest = restViews({ ...connection, rest: [0, 0] })
      if (!connection.failure && !rest.length) return []
      return [title, connection.failure ? el('p', { class: 'facts' }, 'not made: ' + visible(connection.failure)) : '', ...rest]
    })
  })
}
`
