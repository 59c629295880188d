import { test } from '../helpers/test.ts'
import { expectKeptLines, shown } from '../helpers/outcomes.ts'
import { richCassettes } from '../helpers/rich-cassettes.ts'
import { viewModel } from '../../src/view/model.ts'

test('what a page is made of', () => {
  const cassettes = [...richCassettes()].map(([name, cassette]) => ({ name, cassette }))
  const lines: string[] = []
  for (const one of cassettes) {
    const { tapes, ...rest } = viewModel([one], { title: one.name })
    lines.push(`== ${shown(rest)}`)
    for (const { connections, exchanges, ...tape } of tapes)
      lines.push(
        shown(tape),
        ...connections.map((each) => `  ${shown(each)}`),
        ...exchanges.map((each) => `  ${shown(each)}`),
      )
  }
  const [shop, secrets] = ['shop', 'secrets'].map((name) => cassettes.filter((one) => one.name === name))
  for (const pair of viewModel([...(shop ?? []), ...(secrets ?? [])], { title: 'two', problems: ['a problem'] })
    .pairs ?? [])
    lines.push(shown(pair))
  expectKeptLines(
    new URL('whole-model.txt', import.meta.url),
    lines.map((line) => (line.length > 1500 ? `${line.slice(0, 1400)}+${line.length}` : line)),
  )
})
