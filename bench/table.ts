import { styleText } from 'node:util'
import { type ContenderResult, type Group, OURS, type RowResult, type Spread } from './harness.ts'

type Style = Parameters<typeof styleText>[0]

/** The line over all rows of a group. */
export function formatGroup({ name, title, baseline }: Pick<Group, 'name' | 'title' | 'baseline'>): string {
  return `\n${paint('bold', name)}: ${title}. Speed 1.00 is ${baseline}; in brackets: the slowest and fastest round.`
}

/** One row as a table of its contenders. */
export function formatRow({ name, operation, contenders }: RowResult): string {
  const header = ['', `time for ${operation}`, 'CPU', 'in a second', 'speed', '', 'wiretape is', '']
  const cells = contenders.map((contender) => [
    contender.name,
    duration(contender.elapsed.median),
    duration(contender.cpu.median),
    decimal(1e9 / contender.elapsed.median, 0),
    factor(contender.speed.median),
    range(contender.speed),
    ...(contender.name === OURS ? ['', ''] : lead(contender)),
  ])
  const widths = header.map((_, column) => Math.max(...[header, ...cells].map((line) => line[column]?.length ?? 0)))
  const lines = [header, ...cells].map((line) => align(line, widths))
  const styled = lines.map((line, index) => {
    if (index === 0) return paint('dim', line)
    const result = contenders[index - 1]
    if (result?.name === OURS) return paint('bold', line)
    return result?.goal === undefined ? line : line.replace(/goal .*$/, (goal) => paint(verdict(result), goal))
  })
  return [`\n  ${paint('underline', name)}`, ...styled].join('\n')
}

function lead(contender: ContenderResult): [lead: string, goal: string] {
  const times = `${factor(contender.lead.median)} x as fast`
  if (contender.goal === undefined) return [times, '']
  return [times, `goal ${factor(contender.goal)} x, ${isMet(contender) ? 'met' : 'missed'}`]
}

const isMet = ({ lead: { median }, goal }: ContenderResult): boolean => goal !== undefined && median >= goal

const verdict = (contender: ContenderResult): Style => (isMet(contender) ? 'green' : 'red')

/** Names and remarks to the left, numbers to the right. */
function align(cells: readonly string[], widths: readonly number[]): string {
  const isText = (column: number): boolean => column === 0 || column === cells.length - 1
  const padded = cells.map((cell, column) => {
    const width = widths[column] ?? 0
    return isText(column) ? cell.padEnd(width) : cell.padStart(width)
  })
  return `    ${padded.join('  ')}`.trimEnd()
}

const range = ({ min, max }: Spread): string => `(${factor(min)}-${factor(max)})`

/** Three significant digits. */
const factor = (value: number): string => decimal(value, value >= 100 ? 0 : value >= 10 ? 1 : 2)

function duration(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${decimal(nanoseconds, 0)} ns`
  if (nanoseconds < 1e6) return `${decimal(nanoseconds / 1e3, 2)} us`
  return `${decimal(nanoseconds / 1e6, 2)} ms`
}

const decimal = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** Colour only on a terminal, never in a file or a pipe. */
const paint = (style: Style, text: string): string => (process.stdout.isTTY ? styleText(style, text) : text)
