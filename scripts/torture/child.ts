/** A process that records, and prints each answer that it has read: `ack INDEX`, and `saved` at the end. */
import { writeSync } from 'node:fs'
import { installSeam, type Mishap } from './seam.ts'
import { ask, openCassette, type Run } from './subject.ts'

/** How a process ends itself before it has recorded everything, in the turn in which it has read an answer. */
export type Ending = 'throw' | 'reject' | 'exit' | 'abort' | NodeJS.Signals

export interface ChildTask extends Run {
  readonly ending?: { readonly after: number; readonly how: Ending }
  readonly mishap?: { readonly at: number; readonly what: Mishap }
}

const task: ChildTask = JSON.parse(process.argv[2] ?? '')

const say = (text: string): void => void writeSync(1, `${text}\n`)

if (task.mishap !== undefined) installSeam(task.dir, task.mishap.at, task.mishap.what)

const cassette = await openCassette(task)
say('open')
await ask(task, cassette, (index) => {
  say(`ack ${index}`)
  if (index === task.ending?.after) end(task.ending.how)
})
await cassette.eject()
say('saved')

function end(how: Ending): void {
  switch (how) {
    case 'throw':
      throw new Error('uncaught')
    case 'reject':
      void Promise.reject(new Error('unhandled'))
      return
    case 'exit':
      process.exit(0)
    case 'abort':
      process.abort()
    default:
      process.kill(process.pid, how)
  }
}
