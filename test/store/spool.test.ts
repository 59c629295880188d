import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect, test } from '../helpers/test.ts'
import { Spool } from '../../src/store/spool.ts'

test('a spool gives each segment back, in any order and more than once, and leaves no name', () => {
  const spool = new Spool()
  const texts = ['one', 'x'.repeat(40_000), '', 'three', 'y'.repeat(70_000), 'one']
  const read = texts.map((text) => spool.keep(Buffer.from(text)))
  for (const round of [1, 2])
    for (const [index, text] of [...texts.entries()].toReversed())
      expect([round, index, String(read[index]?.()) === text]).toEqual([round, index, true])
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`wiretape-${process.pid}-`))).toEqual([])
})

test('what was given back is not changed by what is read later, nor by its owner', () => {
  const spool = new Spool()
  const bytes = Buffer.from('first')
  const first = spool.keep(bytes)
  bytes.fill(0)
  const second = spool.keep(Buffer.from('other'))
  const given = first()
  second()
  expect(String(given)).toBe('first')
})

test('without a place for its file, it keeps the bytes in memory', () => {
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = '/nowhere'
  try {
    const bytes = Buffer.from('kept')
    const read = new Spool().keep(bytes)
    bytes.fill(0)
    expect(Buffer.from(read()).toString()).toBe('kept')
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
})
