import { ObjectAround, walkContainer } from '../content/json-strings.ts'
import type { Found } from './found.ts'
import { isWordy } from '../secrets/randomness.ts'
import { labelOf } from '../secrets/secret-names.ts'

/** What is given to a method that logs in, unlocks or sets a password, by its place in a list and not under a name (JSON-RPC). */
export function findCalls(text: string, found: Found): void {
  for (const { index, 0: all } of text.matchAll(CALL)) {
    const around = new ObjectAround(text, index)
    const list = LIST.exec(around.source)
    if (list === null) continue
    const start = text.indexOf(list[0], Math.max(0, index - around.source.length))
    walkContainer(text, start + list[0].length - 1, ({ name, start: from, end, isNumber }) => {
      const value = text.slice(from, end)
      if (name !== undefined || isNumber || isWordy(value) || ADDRESS.test(value) || all.includes(value)) return
      if (labelOf('password', value, 'field') !== undefined) found('password', from, end)
    })
  }
}

const CALL =
  /"method"\s{0,4}:\s{0,4}"(?:[\w.]{0,40}(?:passphrase|unlockaccount|newaccount|privkey|withkey)|(?:[\w.]{1,40}[._])?(?:login|logon|authenticate|authorize|set_?password|change_?password))"/gi
const LIST = /"(?:params|args|arguments)"\s{0,4}:\s{0,4}\[/
/** Of a wallet. */
const ADDRESS = /^(?:0x[\da-f]{40}|[13mn][1-9A-HJ-NP-Za-km-z]{25,34}|(?:bc1|tb1)[\da-z]{20,80})$/i
