import type { Cassette } from '../tape/cassette.ts'
import { answersOf, lossReport } from '../msw/answers.ts'
import { talksOf } from '../msw/talks.ts'
import { toCode } from './code.ts'

/**
 * A module of TypeScript that exports `handlers` for msw. It runs in Node and in browsers, and importing it does nothing else.
 *
 * @param source what the cassette is called, for the first line.
 */
export function toMswModule(cassette: Cassette, source: string): string {
  const lost = lossReport(cassette).map(
    ({ kind, interaction, detail }) => `${interaction === undefined ? '' : `#${interaction + 1} `}${kind}: ${detail}`,
  )
  const notes = [
    `Made by \`wiretape generate msw\` from ${source}.`,
    '',
    'Not in it:',
    ...lost.map((line) => `- ${line}`),
  ]
  return [notes.map(commentLine).join('\n'), moduleText(cassette), ''].join('\n')
}

/** A cassette without WebSockets needs no msw that has `ws`. */
function moduleText(cassette: Cassette): string {
  const answers = `const answers: readonly RecordedAnswer[] = ${toCode(answersOf(cassette))}\n`
  const talks = talksOf(cassette)
  if (talks.length === 0)
    return `import { handlersFromAnswers, type RecordedAnswer } from ${SOURCE}

${answers}
export const handlers = handlersFromAnswers(answers)`
  return `import { handlersFromAnswers, handlersFromTalks, type RecordedAnswer, type RecordedTalk } from ${SOURCE}

${answers}
/** The WebSockets. */
const talks: readonly RecordedTalk[] = ${toCode(talks)}

export const handlers = [...handlersFromAnswers(answers), ...handlersFromTalks(talks)]`
}

/** Of the module that is made, not of this one. */
const SOURCE = `'wiretape/msw/browser'`

/** One line, whatever the text says. */
const commentLine = (text: string): string => `// ${text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')}`.trimEnd()
