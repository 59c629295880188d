import { findElements } from './elements.ts'
import { findCredentials, findInPaths, findLoginArguments, findPasswordLines, findUserinfo } from './field-values.ts'
import type { Found } from './found.ts'
import { findJsonMembers, findJsonWebKeys, findManifest } from './json-members.ts'
import { findFlowMaps, findLines } from './lines.ts'
import { findParameters } from './parameters.ts'
import { findQuotedPairs, findStatements } from './quoted-pairs.ts'

/**
 * Finds what stands under secret names, in whatever text: JSON members, parameters and attributes, elements, header-like lines,
 * credentials in URLs. It goes by the marks around the names, so a cut or broken document is read as far as it goes.
 */
export function findNamed(text: string, found: Found): void {
  const hasColon = text.includes(':')
  const hasQuote = text.includes('"')
  if (hasQuote && hasColon) findJsonMembers(text, found)
  if (hasQuote && text.includes('"Secret')) findManifest(text, found)
  if (hasQuote && text.includes('"kty"')) findJsonWebKeys(text, found)
  if (hasColon || hasQuote || text.includes("'")) findQuotedPairs(text, found)
  if (text.includes('=')) findParameters(text, found)
  if (text.includes('<')) findElements(text, found)
  if (hasColon) {
    findLines(text, found)
    findPasswordLines(text, found)
    if (text.includes('map[') || (text.includes('{') && text.includes(': '))) findFlowMaps(text, found)
  }
  if (text.includes('@')) findUserinfo(text, found)
  if (text.includes('/')) findInPaths(text, found)
  if (text.includes(' is ')) findStatements(text, found)
  if (text.includes('-u')) findLoginArguments(text, found)
  findCredentials(text, found)
}
