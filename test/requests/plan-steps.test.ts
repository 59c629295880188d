import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { type PlanOptions, planSteps } from '../../src/requests/plan-steps.ts'

const answerTo = async (): Promise<never> => Promise.reject(new Error('nothing was asked'))

/** Plans a file in a folder that is not the current one; each request with what it is in the end, without the usual headers. */
async function planned(folder: string, text: string, options: Partial<PlanOptions> = {}): Promise<readonly unknown[]> {
  await mkdir(path.join(folder, 'deep'), { recursive: true })
  await writeFile(path.join(folder, 'deep/a.http'), text)
  await writeFile(path.join(folder, 'deep/body.json'), '{"a":"{{a}}"}')
  await writeFile(path.join(folder, 'other.txt'), 'other')
  const file = path.join(folder, 'deep/a.http')
  const all: PlanOptions = { variables: new Map(), env: {}, ...options }
  const steps = await planSteps([{ file }], all)
  return Promise.all(
    steps.map(async ({ title, name, plan }) => {
      const { method, url, target, headers, body } = await plan(answerTo)
      const own = headers.filter(([header]) => !/^(?:user-agent|accept)$/i.test(header))
      return { title, name, sent: `${method} ${url.href}`, target, own, body: body && Buffer.from(body).toString() }
    }),
  )
}

test('the requests of a file are filled in, with the files that it names beside it', async ({}, info) => {
  const text = `@a = 1
### first
POST http://a.test/x/../y?q={{a}} HTTP/1.1
X-A: {{a}}

< ./body.json

###
PUT /b
Host: b.test:443

<@ body.json
and
< ../other.txt
###
GET /c
host: c.test:8443
###
http://d.test
`
  expect(await planned(info.outputPath(), text)).toEqual([
    {
      title: 'POST http://a.test/x/../y?q={{a}}',
      name: 'first',
      sent: 'POST http://a.test/y?q=1',
      target: '/x/../y?q=1',
      own: [['X-A', '1']],
      body: '{"a":"{{a}}"}',
    },
    {
      title: 'PUT /b',
      name: undefined,
      sent: 'PUT https://b.test/b',
      target: '/b',
      own: [['Host', 'b.test:443']],
      body: '{"a":"1"}\nand\nother',
    },
    {
      title: 'GET /c',
      name: undefined,
      sent: 'GET http://c.test:8443/c',
      target: '/c',
      own: [['host', 'c.test:8443']],
      body: undefined,
    },
    {
      title: 'GET http://d.test',
      name: undefined,
      sent: 'GET http://d.test/',
      target: undefined,
      own: [],
      body: undefined,
    },
  ])
})

test('what cannot be sent is said before the first request, or when it is its turn', async ({}, info) => {
  // oxfmt-ignore
  const WRONG: readonly (readonly [text: string, says: RegExp, options?: Partial<PlanOptions>])[] = [
    ['GET http://a.test',                         /says which methods and bodies/, { request: 'PUT' }],
    ['GET http://a.test',                         /says which methods and bodies/, { head: true }],
    ['# nothing',                                 /it has no requests/],
    ['POST http://a.test\n\n< none.json',         /a\.http:1: .*none\.json/],
    ['GET http://{{host}}/',                      /a\.http:1: \{\{host\}\} has no value/],
    ['\nGET /a',                                  /a\.http:2: give a whole URL, or a path and a Host header/],
    ['GET ftp://a.test/',                         /give a whole URL/],
  ]
  for (const [text, says, options] of WRONG)
    await expect(planned(info.outputPath(), text, options)).rejects.toThrow(says)
  const folder = info.outputPath()
  expect(await planned(folder, 'GET http://{{host}}/', { variables: new Map([['host', 'v.test']]) })).toMatchObject([
    { sent: 'GET http://v.test/' },
  ])
  expect(await planned(folder, 'GET http://a.test/\nX-A: b', { header: ['X-A: c', 'X-B: d'] })).toMatchObject([
    {
      own: [
        ['X-A', 'c'],
        ['X-B', 'd'],
      ],
    },
  ])
})
