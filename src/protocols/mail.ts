import type { Field } from './dialogue.ts'

/** Fields that are another one for each mail (RFC 5322 section 3.6.4, RFC 6376), or that name its boundaries. */
const FRESH = /^(?:message-id|date|dkim-signature|arc-.*|received|x-google-dkim-signature)$/i

/** A mail as it is compared: its fields and its body, without what is new in each mail. */
export function mailFields(mail: string): readonly Field[] {
  const text = withoutBoundaries(mail)
  const end = text.indexOf('\r\n\r\n')
  const head = end === -1 ? text : text.slice(0, end)
  const fields = head
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .flatMap((line) => {
      const colon = line.indexOf(':')
      const name = line.slice(0, colon)
      return colon <= 0 || FRESH.test(name) ? [] : [{ name, value: line.slice(colon + 1).trim() }]
    })
  return [...fields, { name: 'body', value: end === -1 ? '' : withoutFresh(text.slice(end + 4)) }]
}

/** RFC 2046 section 5.1.1: a boundary is whatever the content does not hold, so clients draw one. */
function withoutBoundaries(mail: string): string {
  const boundaries = Array.from(mail.matchAll(/boundary="?([^";\r\n]+)"?/gi), ([, boundary = '']) => boundary)
  // The longest first: one may begin with another.
  const ordered = [...new Set(boundaries)].map((boundary, index) => ({ boundary, index }))
  return ordered
    .toSorted((one, other) => other.boundary.length - one.boundary.length)
    .reduce((text, { boundary, index }) => text.replaceAll(boundary, `boundary-${index + 1}`), mail)
}

/** A mail inside of a mail has such fields, too. */
const withoutFresh = (body: string): string =>
  body.replaceAll(/^(message-id|date):[^\r\n]*(?:\r\n[ \t][^\r\n]*)*/gim, '$1:')
