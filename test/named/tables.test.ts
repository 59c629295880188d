import { expect, test } from '../helpers/test.ts'
import { readColumns, readMarkdownRows } from '../../src/named/tables.ts'
import type { Visit } from '../../src/named/named-value.ts'

const matters = (name: string): boolean => /pass|key/i.test(name)

/** What is visited, as `name=value`. */
function visited(read: typeof readColumns, text: string): readonly string[] {
  const all: string[] = []
  const visit: Visit = ({ name, start, end }) => void all.push(`${name}=${text.slice(start, end)}`)
  read(text, matters, visit)
  return all
}

const columns = (text: string): readonly string[] => visited(readColumns, text)

test.describe('columns', () => {
  for (const mark of [',', ';', '\t', '|'])
    test(`parted by ${JSON.stringify(mark)}`, () => {
      const text = ['user,password', 'ada, tiger ', 'bob,"a""b"', 'cy,', ''].join('\n').replaceAll(',', mark)
      expect(columns(text)).toEqual(['user=ada', 'password=tiger', 'user=bob', 'password=a""b', 'user=cy'])
    })

  test('have names in quotes, after a mark of their order, and lines may end as on Windows', () => {
    expect(columns('\xef\xbb\xbf"user","api key"\r\nada,k1\r\n')).toEqual(['user=ada', 'api key=k1'])
  })

  test('may end without a line end, and a line with fewer is none of the table', () => {
    expect(columns('user,password\nada\nbob,cat')).toEqual(['user=bob', 'password=cat'])
  })

  for (const [what, text] of [
    ['a line alone', 'user,password'],
    ['one name', 'password\ntiger\n'],
    ['names of which none matters', 'user,note\nada,tiger\n'],
    ['a name that begins with a digit', '1st,password\nada,tiger\n'],
    ['an empty name', 'user,,password\nada,x,tiger\n'],
    ['a line that is a sentence', 'Hello {user},password\nada,tiger\n'],
    ['too long a line', `${'user,'.repeat(400)}password\n${'a,'.repeat(400)}tiger\n`],
    ['too short a line', 'a,\nb,c\n'],
  ] as const)
    test(`are not in ${what}`, () => expect(columns(text)).toEqual([]))
})

test('rows of Markdown have a name and its value, dashes are neither', () => {
  const text =
    '| Name | Value |\n| --- | --- |\n| `password` | `tiger` |\n| user | ada |\n| **Key** | k1x | more |\n| Pass | --- |\n'
  expect(visited(readMarkdownRows, text)).toEqual(['password=tiger', 'Key=k1x'])
})
