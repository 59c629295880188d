import { DETAIL_SCRIPT } from './page-detail.ts'

/**
 * What runs in the page: the only script that its policy allows, by hash.
 *
 * Text, because it runs in a browser and not here. Recorded bytes reach the page as JSON and become text nodes only: nothing here makes
 * markup, and the policy forbids it.
 */
export const SCRIPT = String.raw`'use strict'
const $ = (id) => document.getElementById(id)
const el = (name, props, ...kids) => {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(props || {})) {
    if (value === undefined || value === false) continue
    if (key === 'on') for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener)
    else node.setAttribute(key, value === true ? '' : value)
  }
  node.append(...kids.filter((kid) => kid !== undefined && kid !== null && kid !== ''))
  return node
}
const count = (n, noun) => n.toLocaleString('en-US') + ' ' + noun + (n === 1 ? '' : 's')
const ms = (t) => (t >= 10000 ? (t / 1000).toFixed(1) + ' s' : t >= 100 ? Math.round(t) + ' ms' : t.toFixed(1) + ' ms')
const size = (n) => (n < 1024 ? n + ' B' : n < 1048576 ? (n / 1024).toFixed(1) + ' KB' : (n / 1048576).toFixed(1) + ' MB')
// Characters that could hide or reorder others are shown by their numbers.
const visible = (text) => text.replace(/[^\P{C}\n\t]|[\u2028\u2029]/gu, (c) => '\\u{' + c.codePointAt(0).toString(16) + '}')
const toBytes = (latin1) => { const out = new Uint8Array(latin1.length); for (let i = 0; i < latin1.length; i++) out[i] = latin1.charCodeAt(i); return out }
const utf8 = (bytes) => { try { return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) } catch { return undefined } }
const words = (latin1) => { const bytes = toBytes(latin1); const text = utf8(bytes); return visible(text === undefined ? latin1 : text) }
const shorten = (text, most) => (text.length <= most ? text : text.slice(0, most) + '\n... ' + count(text.length - most, 'more character'))

let model, rows = [], shown = [], picked = -1, raw = new Map(), hay = new Map()
const tapeOf = (row) => model.tapes[row.tape]
const bytesOf = (connection, side) => {
  let known = raw.get(connection)
  if (!known) raw.set(connection, (known = {}))
  return (known[side] = known[side] || toBytes(atob(connection[side])))
}
const sideOf = (message) => (message.kind === 'request' ? 'sent' : 'received')

function load(next) {
  const before = picked >= 0 ? rows[picked] : undefined
  model = next
  raw = new Map(); hay = new Map()
  rows = model.pairs
    ? model.pairs.map((pair) => ({ tape: pair.before === undefined ? 1 : 0, at: pair.before === undefined ? pair.after : pair.before, pair }))
    : model.tapes.flatMap((tape, index) => tape.exchanges.map((_, at) => ({ tape: index, at })))
  for (const [index, row] of rows.entries()) {
    row.index = index
    row.exchange = tapeOf(row).exchanges[row.at]
    row.connection = tapeOf(row).connections[row.exchange.on]
    row.label = row.exchange.method + ' ' + words(row.exchange.url)
  }
  document.title = visible(model.title)
  $('title').textContent = visible(model.title)
  $('about').replaceChildren(...aboutLines().map((line) => el('p', {}, line)))
  $('problems').replaceChildren(...model.problems.map((problem) => el('pre', { tabindex: 0 }, visible(problem))))
  $('problems').hidden = model.problems.length === 0
  fill('tape', model.pairs ? [] : model.tapes.length > 1 ? model.tapes.map((tape) => tape.name) : [], 'all cassettes')
  fill('origin', [...new Set(rows.map((row) => row.connection.to))], 'all origins')
  fill('method', [...new Set(rows.map((row) => row.exchange.method))], 'all methods')
  fill('status', [...new Set(rows.map((row) => statusClass(row.exchange)))].sort(), 'any status')
  fill('kind', model.pairs ? ['different', ...new Set(rows.map((row) => row.pair.kind))] : [], 'all of both')
  if (model.pairs && !before && rows.some((row) => !SAME.has(row.pair.kind))) $('kind').value = 'different'
  const again = before && rows.findIndex((row) => row.tape === before.tape && row.at === before.at)
  picked = -1
  filter()
  pick(again !== undefined && again >= 0 ? again : shown.length ? shown[0].index : -1, false)
  time.reset()
  prepare()
}
const SAME = new Set(['equal', 'volatile'])
const statusClass = (exchange) => (exchange.status ? String(exchange.status)[0] + 'xx' : 'no answer')

function aboutLines() {
  const lines = model.tapes.map((tape) => {
    const failed = tape.connections.filter((c) => c.failure).length
    const made = count(tape.exchanges.length, 'interaction') + ' on ' + count(tape.connections.length - failed, 'connection')
    return visible((model.tapes.length > 1 ? tape.name + ': ' : '') + made + (failed ? ', ' + failed + ' not made' : '') + ', ' + tape.about)
  })
  return [...(lines.length > 4 ? [count(lines.length, 'cassette') + ', ' + count(rows.length, 'interaction')] : lines), ...model.remarks.map(visible)]
}

function fill(id, values, all) {
  const select = $(id), before = select.value
  select.replaceChildren(el('option', { value: '' }, all), ...values.map((value) => el('option', { value }, visible(value))))
  select.value = values.includes(before) ? before : ''
  select.closest('label').hidden = values.length === 0
}

// --- search and filters: the bytes as they passed, and what they decode to, in lower case ---

function hayOf(row) {
  let text = hay.get(row)
  if (text !== undefined) return text
  text = [row, row.pair && row.pair.before !== undefined && row.pair.after !== undefined ? partner(row) : undefined].map(textOf).join('\n').toLowerCase()
  hay.set(row, text)
  return text
}
const partner = (row) => ({ exchange: model.tapes[1].exchanges[row.pair.after], connection: model.tapes[1].connections[model.tapes[1].exchanges[row.pair.after].on] })
function textOf(row) {
  if (!row) return ''
  const parts = [row.exchange.method, ' ', row.exchange.url, '\n']
  for (const message of row.exchange.messages) {
    const whole = binary(row.connection, sideOf(message))
    parts.push(whole.slice(message.start, message.end), message.decoded ? atob(message.decoded) : '')
  }
  return parts.join('\n')
}
const binaries = new WeakMap()
function binary(connection, side) {
  let known = binaries.get(connection)
  if (!known) binaries.set(connection, (known = {}))
  return (known[side] = known[side] || atob(connection[side]))
}
// What a search reads is made ready while nobody waits.
function prepare() {
  let next = 0
  const idle = window.requestIdleCallback || ((work) => setTimeout(() => work({ timeRemaining: () => 8 }), 16))
  const current = model
  const step = (deadline) => {
    while (next < rows.length && deadline.timeRemaining() > 1) hayOf(rows[next++])
    if (next < rows.length && current === model) idle(step)
    else document.documentElement.dataset.ready = 'yes'
  }
  idle(step)
}

function filter() {
  const query = Array.from(new TextEncoder().encode($('search').value), (b) => String.fromCharCode(b)).join('').toLowerCase()
  const [tape, origin, method, status, kind] = ['tape', 'origin', 'method', 'status', 'kind'].map((id) => $(id).value)
  shown = rows.filter(
    (row) =>
      (!tape || tapeOf(row).name === tape) &&
      (!origin || row.connection.to === origin) &&
      (!method || row.exchange.method === method) &&
      (!status || statusClass(row.exchange) === status) &&
      (!kind || (kind === 'different' ? !SAME.has(row.pair.kind) : row.pair.kind === kind)) &&
      (!query || hayOf(row).includes(query)),
  )
  shown.forEach((row, place) => { row.place = place })
  $('count').textContent = shown.length === rows.length ? count(rows.length, 'interaction') : shown.length.toLocaleString('en-US') + ' of ' + count(rows.length, 'interaction')
  $('space').style.height = shown.length * HIGH + 'px'
  $('none').hidden = shown.length > 0
  drawList()
}

// --- the list: only the rows that can be seen exist, and their nodes are used again: to make nodes is most of what scrolling costs ---

const HIGH = 34
/** Where a row stands among those that are shown; -1 for one that is not. */
const placeOf = (index) => (index >= 0 && shown[rows[index].place] === rows[index] ? rows[index].place : -1)
/** What is on the page, in its order: a node, and the row that it shows. */
let drawn = []
function drawList() {
  const list = $('list')
  const first = Math.max(0, Math.floor(list.scrollTop / HIGH) - 4)
  const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / HIGH) + 4)
  const place = placeOf(picked)
  const from = shown.slice(first, last)
  if (place >= 0 && (place < first || place >= last)) from.push(shown[place])
  const known = new Map(drawn.map((line) => [line.row, line])), wanted = new Set(from)
  const spare = drawn.filter((line) => !wanted.has(line.row))
  // Some stay: the others go, and come back where they are needed. None stays: all keep their places, and only their texts change.
  if (spare.length < drawn.length) for (const { node } of spare) node.remove()
  drawn = from.map((row) => known.get(row) || spare.shift() || newLine())
  for (const { node } of spare) node.remove()
  const all = $('rows')
  drawn.forEach((line, at) => {
    writeLine(line, from[at])
    if (all.children[at] !== line.node) all.insertBefore(line.node, all.children[at] || null)
  })
  const active = place >= 0 ? 'row' + picked : ''
  if (active) list.setAttribute('aria-activedescendant', active)
  else list.removeAttribute('aria-activedescendant')
}
const CELLS = ['n', 'mark', 'm', 'pill', 'u', 'h', 'pill s0', 't']
function newLine() {
  const cells = CELLS.map((name) => el('span', { class: name }, ' '))
  return { node: el('div', { class: 'row', role: 'option' }, ...cells), cells, said: new Map() }
}
/** Says it if it was not said before: to ask the page would take as long as to tell it. */
function say(line, node, name, value) {
  const key = name + line.cells.indexOf(node)
  if (line.said.get(key) === value) return
  line.said.set(key, value)
  if (name === 'text') { node.hidden = value === undefined; if (value !== undefined) node.firstChild.data = value }
  else if (name === 'top') node.style.top = value + 'px'
  else node.setAttribute(name, value)
}
function writeLine(line, row) {
  const { node, cells } = line
  const { exchange, pair } = row
  for (const [name, value] of [['id', 'row' + row.index], ['aria-selected', String(row.index === picked)], ['aria-setsize', shown.length], ['aria-posinset', row.place + 1], ['top', row.place * HIGH]])
    say(line, node, name, value)
  const isManyOrigins = $('origin').options.length > 2
  if (line.row === row && line.isManyOrigins === isManyOrigins) return
  line.row = row; line.isManyOrigins = isManyOrigins
  const isAtHome = exchange.url.startsWith(row.connection.to)
  const bytes = exchange.messages.reduce((sum, m) => sum + m.end - m.start, 0)
  const texts = [
    String(row.index + 1),
    pair ? MARKS[pair.kind] : undefined,
    visible(exchange.method),
    exchange.status ? String(exchange.status) : 'none',
    words(isAtHome ? exchange.url.slice(row.connection.to.length) : exchange.url),
    isManyOrigins && isAtHome ? visible(row.connection.to.replace(/^\w+:\/\//, '')) : undefined,
    exchange.isWhole ? undefined : 'cut',
    size(bytes) + (exchange.answered >= 0 ? ' · ' + ms(exchange.answered - exchange.asked) : ''),
  ]
  texts.forEach((text, at) => say(line, cells[at], 'text', text))
  if (pair) { say(line, cells[1], 'class', 'mark ' + pair.kind); say(line, cells[1], 'title', pair.kind) }
  say(line, cells[3], 'class', 'pill s' + String(exchange.status)[0])
  say(line, cells[4], 'title', row.label)
}
const MARKS = { equal: '=', volatile: '≈', changed: '~', removed: '−', added: '+' }

function pick(index, doFocus) {
  picked = index
  const place = placeOf(index)
  const list = $('list')
  if (place >= 0) {
    if (place * HIGH < list.scrollTop) list.scrollTop = place * HIGH
    if ((place + 1) * HIGH > list.scrollTop + list.clientHeight) list.scrollTop = (place + 1) * HIGH - list.clientHeight
  }
  drawList()
  drawDetail()
  time.draw()
  if (doFocus) list.focus({ preventScroll: true })
}
function onListKey(event) {
  const place = placeOf(picked)
  const page = Math.max(1, Math.floor($('list').clientHeight / HIGH) - 1)
  const to = { ArrowDown: place + 1, ArrowUp: place - 1, PageDown: place + page, PageUp: place - page, Home: 0, End: shown.length - 1 }[event.key]
  if (to === undefined || shown.length === 0) return
  event.preventDefault()
  pick(shown[Math.max(0, Math.min(shown.length - 1, to))].index, true)
}

// --- the time line: a lane for each connection; what cannot be told apart at a scale is drawn as one ---

const time = {
  from: 0, to: 1, end: 1,
  reset() {
    this.end = Math.max(0.001, ...model.tapes.map((tape) => tape.connections.reduce((last, c) => Math.max(last, c.last), 0)))
    this.from = 0; this.to = this.end
    this.draw()
  },
  zoom(factor, at = (this.from + this.to) / 2) {
    const width = Math.min(this.end, Math.max(0.01, (this.to - this.from) * factor))
    const share = (at - this.from) / (this.to - this.from)
    this.from = Math.max(0, Math.min(this.end - width, at - share * width))
    this.to = this.from + width
    this.draw()
  },
  shift(by) {
    const width = this.to - this.from
    this.from = Math.max(0, Math.min(this.end - width, this.from + by * width))
    this.to = this.from + width
    this.draw()
  },
  at(x) { return this.from + (x / $('canvas').clientWidth) * (this.to - this.from) },
  lanes() {
    if (this.of !== model) {
      this.of = model
      this.kept = model.tapes.flatMap((tape, index) => tape.connections.map((connection) => ({ tape: index, connection })))
      this.lane = new Map(this.kept.map(({ connection }, place) => [connection, place]))
    }
    return this.kept
  },
  draw() {
    if (this.isDue) return
    this.isDue = true
    requestAnimationFrame(() => { this.isDue = false; this.paint() })
  },
  paint() {
    const canvas = $('canvas'), scale = window.devicePixelRatio || 1, style = getComputedStyle(document.body)
    const width = canvas.clientWidth, height = canvas.clientHeight
    if (!model || width === 0) return
    canvas.width = width * scale; canvas.height = height * scale
    const g = canvas.getContext('2d')
    g.scale(scale, scale)
    const color = (name) => { const probe = $('probe'); probe.style.color = 'var(--' + name + ')'; return getComputedStyle(probe).color }
    const ink = { line: color('line'), dim: color('dim'), ok: color('ok'), move: color('move'), warn: color('warn'), bad: color('bad'), accent: color('accent') }
    const x = (t) => ((t - this.from) / (this.to - this.from)) * width
    const lanes = this.lanes(), axis = 18, deep = (height - axis) / Math.max(1, lanes.length), thick = Math.max(1, Math.min(12, deep * 0.62))
    g.font = '11px ' + style.fontFamily
    for (const t of ticks(this.from, this.to, width)) {
      g.fillStyle = ink.line; g.fillRect(x(t), 0, 1, height - axis)
      g.fillStyle = ink.dim; g.fillText(ms(t), Math.min(x(t) + 3, width - 48), height - 5)
    }
    g.fillStyle = ink.line
    lanes.forEach(({ connection }, place) => {
      const left = x(connection.at), right = x(connection.last)
      if (right >= 0 && left <= width) g.fillRect(left, (place + 0.5) * deep, Math.max(1, right - left), 1)
      if (connection.failure) { g.fillStyle = ink.bad; g.fillRect(left, (place + 0.5) * deep - 3, 6, 6); g.fillStyle = ink.line }
    })
    const drawn = new Set()
    for (const row of shown) {
      const { exchange, connection } = row
      const left = x(exchange.asked), right = Math.max(left + 2, x(exchange.ended))
      if (right < 0 || left > width) continue
      const lane = this.lane.get(connection)
      const key = Math.round(left) + ' ' + Math.round(lane * deep)
      if (row.index !== picked && right - left < 3 && drawn.has(key)) continue
      drawn.add(key)
      g.fillStyle = [ink.bad, ink.move, ink.ok, ink.move, ink.warn, ink.bad][Number(String(exchange.status)[0])] || ink.dim
      g.globalAlpha = 0.55
      g.fillRect(left, (lane + 0.5) * deep - thick / 2, right - left, thick)
      g.globalAlpha = 1
      if (right - left > 12 && thick > 4) segmentMarks(g, exchange, connection, x, (lane + 0.5) * deep - thick / 2, thick)
      if (row.index === picked) { g.strokeStyle = ink.accent; g.lineWidth = 2; g.strokeRect(left - 2, (lane + 0.5) * deep - thick / 2 - 2, right - left + 4, thick + 4) }
    }
  },
  nearest(px, py) {
    const canvas = $('canvas'), lanes = this.lanes(), deep = (canvas.clientHeight - 18) / Math.max(1, lanes.length)
    const t = this.at(px), lane = Math.floor(py / deep)
    let best, distance = Infinity
    for (const row of shown) {
      const off = t < row.exchange.asked ? row.exchange.asked - t : t > row.exchange.ended ? t - row.exchange.ended : 0
      const far = off + Math.abs(this.lane.get(row.connection) - lane) * ((this.to - this.from) / 8)
      if (far < distance) { distance = far; best = row }
    }
    return best
  },
}
function segmentMarks(g, exchange, connection, x, top, thick) {
  const all = connection.segments
  for (let i = 0; i < all.length; i += 5) {
    if (all[i + 1] < exchange.asked || all[i + 1] > exchange.ended) continue
    g.fillRect(x(all[i + 1]), top + (all[i] ? thick / 2 : 0), 2, thick / 2)
  }
}
function ticks(from, to, width) {
  const wanted = (to - from) / Math.max(2, width / 110), power = 10 ** Math.floor(Math.log10(wanted))
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= wanted)
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => (Math.ceil(from / step) + i) * step).filter((t) => t <= to)
}

${DETAIL_SCRIPT}

// --- wiring ---

let due = false
const onFilter = () => { filter(); if (placeOf(picked) < 0) pick(shown.length ? shown[0].index : -1, false); else { drawDetail(); time.draw() } }
$('search').addEventListener('input', onFilter)
for (const id of ['tape', 'origin', 'method', 'status', 'kind']) $(id).addEventListener('change', onFilter)
document.querySelector('form').addEventListener('submit', (event) => event.preventDefault())
$('list').addEventListener('scroll', () => { if (due) return; due = true; requestAnimationFrame(() => { due = false; drawList() }) }, { passive: true })
$('list').addEventListener('keydown', onListKey)
$('rows').addEventListener('click', ({ target }) => { const line = drawn.find(({ node }) => node.contains(target)); if (line) pick(line.row.index, true) })
$('in').addEventListener('click', () => time.zoom(0.5))
$('out').addEventListener('click', () => time.zoom(2))
$('all').addEventListener('click', () => time.reset())
const canvas = $('canvas')
canvas.addEventListener('wheel', (event) => { event.preventDefault(); event.shiftKey ? time.shift(Math.sign(event.deltaY) / 8) : time.zoom(event.deltaY > 0 ? 1.25 : 0.8, time.at(event.offsetX)) }, { passive: false })
let dragged
canvas.addEventListener('pointerdown', (event) => { dragged = { x: event.offsetX, moved: 0 }; canvas.setPointerCapture(event.pointerId) })
canvas.addEventListener('pointermove', (event) => { if (!dragged) return; const by = dragged.x - event.offsetX; dragged.moved += Math.abs(by); dragged.x = event.offsetX; if (dragged.moved > 4) time.shift(by / canvas.clientWidth) })
canvas.addEventListener('pointerup', (event) => { const row = dragged && dragged.moved <= 4 ? time.nearest(event.offsetX, event.offsetY) : undefined; dragged = undefined; if (row) pick(row.index, true) })
document.addEventListener('keydown', (event) => {
  if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey || event.altKey) return
  const act = { '/': () => $('search').focus(), '+': () => time.zoom(0.5), '-': () => time.zoom(2), 0: () => time.reset(), '[': () => time.shift(-0.25), ']': () => time.shift(0.25) }[event.key]
  if (act) { event.preventDefault(); act() }
})
addEventListener('resize', () => { drawList(); time.draw() })
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => time.draw())

load(JSON.parse($('data').textContent))
performance.mark('shown')
if (document.body.dataset.live) {
  let tag
  const ask = async () => {
    try {
      const response = await fetch('data', { headers: tag ? { 'If-None-Match': tag } : {} })
      if (response.status === 200) {
        const isNew = tag !== undefined
        tag = response.headers.get('ETag')
        const next = await response.json()
        if (isNew || next.tapes.some((tape, index) => !model.tapes[index] || tape.exchanges.length !== model.tapes[index].exchanges.length)) load(next)
      }
    } catch { /* The command has ended: the page stays as it is. */ }
    setTimeout(ask, 1000)
  }
  ask()
}
`
