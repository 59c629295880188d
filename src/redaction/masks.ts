import type { FieldLine } from '../http1/events.ts'
import { readAssignments } from '../named/assignments.ts'
import { applyEdits, type Edit, mergeEdits, ofSameLength } from '../content/edits.ts'
import { readElements } from '../named/elements.ts'
import { JsonMembers, jsonValueEnd } from '../content/json-members.ts'
import { readLines } from '../named/named-lines.ts'
import type { Run } from '../content/runs.ts'
import { hidesValue, isSecretName } from '../secrets/secret-names.ts'

/**
 * Replaces the values of secret-looking headers, query and form fields, JSON members and elements of XML by as many asterisks.
 *
 * For what is only shown: it goes by names, and takes no account of what else is known to be secret.
 */
export function maskSecrets(text: string): string {
  const edits: Edit[] = []
  const mask = (name: string, { start, end }: Run): void => {
    if (start < end && hidesValue(name, text.slice(start, end)))
      edits.push({ start, end, with: '*'.repeat(end - start) })
  }
  readLines(text, isSecretName, ({ name, whole }) => mask(name, whole))
  readAssignments(text, isSecretName, (value) => mask(value.name, value))
  readElements(text, isSecretName, (value) => mask(value.name, value))
  // What lies in a value that is masked is masked with it.
  let done = 0
  for (const { name, at } of SECRET_MEMBERS.in(text)) {
    if (at < done) continue
    done = jsonValueEnd(text, at)
    mask(name, { start: at, end: done })
  }
  return applyEdits(text, mergeEdits(edits).map(ofSameLength))
}

/** The lines with the values of secret ones masked. */
export function maskFields(fields: readonly FieldLine[]): readonly FieldLine[] {
  return fields.map(({ name, value }) => ({ name, value: hidesValue(name, value) ? MASK : value }))
}

/** Whether a JSON path such as `$.login.password` leads through a member with a secret name. */
export const isSecretPath = (path: string): boolean => path.split(/[.[\]"]+/).some((name) => hidesValue(name))

export const MASK = '***'

const SECRET_MEMBERS = new JsonMembers(isSecretName)
