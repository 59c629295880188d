import { expect, test } from '../helpers/test.ts'
import { TextMemory } from '../../src/redaction/text-memory.ts'

test.describe('TextMemory', () => {
  test('knows each text from all others, whatever their characters', () => {
    const texts = ['\u00AC', '\u20AC', '\u{1F511}', '\uD83D', 'key', 'k\u0165y', '']
    for (const text of texts) {
      const memory = new TextMemory<string>(100, 10_000)
      memory.set('text', text, text)
      expect(texts.map((other) => memory.get('text', other))).toEqual(
        texts.map((other) => (other === text ? text : undefined)),
      )
      expect(memory.get('field', text)).toBeUndefined()
    }
  })

  test('keeps no longer texts than it may, and begins anew where it would be too much', () => {
    const memory = new TextMemory<number>(10, 200)
    memory.set('text', 'x'.repeat(11), 1)
    expect(memory.get('text', 'x'.repeat(11))).toBeUndefined()
    memory.set('text', 'one', 1)
    memory.set('text', 'two', 2)
    expect(memory.get('text', 'one')).toBe(1)
    memory.set('text', 'three', 3)
    expect([memory.get('text', 'one'), memory.get('text', 'three')]).toEqual([undefined, 3])
  })
})
