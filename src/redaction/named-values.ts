import { holds } from '../content/marks.ts'
import { findArguments, findLoginArguments } from './arguments.ts'
import { findXmlCalls } from './calls.ts'
import { findCredentials, findInPaths, findPasswordLines, findUserinfo } from './field-values.ts'
import type { Found } from './found.ts'
import { findJsonMembers, findJsonWebKeys } from './json-members.ts'
import { findInTables } from './json-tables.ts'
import {
  findColumns,
  findDefaults,
  findElements,
  findFlowMaps,
  findLines,
  findMarkdownRows,
  findParameters,
  findPrinted,
  findQuotedPairs,
} from './marked-values.ts'
import { findSqlValues } from './sql-values.ts'
import { findLoggedParts, findLogins, findQuotedBehindWords, findStatements } from './statements.ts'
import { findInStores, findVariables } from './stores.ts'

/**
 * Finds what stands under secret names, in whatever text: JSON members, parameters and attributes, elements, header-like lines,
 * credentials in URLs. It goes by the marks around the names, so a cut or broken document is read as far as it goes.
 */
export function findNamed(text: string, found: Found): void {
  const hasColon = text.includes(':')
  const hasQuote = text.includes('"')
  // What is decoded by its readers is to be called so, whatever else it is found as.
  if (hasQuote && holds(text, 'kty"') && holds(text, '"kty"')) findJsonWebKeys(text, found)
  if (hasQuote && hasColon) findInStores(text, found)
  if (hasQuote && hasColon) findJsonMembers(text, found)
  if (holds(text, '<method')) findXmlCalls(text, found)
  if (hasQuote && text.includes('[')) findInTables(text, found)
  findPrinted(text, found)
  if (hasColon || hasQuote || text.includes("'")) findQuotedPairs(text, found)
  if (text.includes('=')) findParameters(text, found)
  if (text.includes('<')) findElements(text, found)
  if (hasColon) {
    findLines(text, found)
    findPasswordLines(text, found)
    if (holds(text, 'map[') || (text.includes('{') && (holds(text, ': ') || GO_STRUCT.test(text))))
      findFlowMaps(text, found)
  }
  if (text.includes('@')) findUserinfo(text, found)
  if (text.includes('/')) findInPaths(text, found)
  if (text.includes('\n')) findColumns(text, found)
  if (text.includes('|')) findMarkdownRows(text, found)
  if (holds(text, '||') || holds(text, '??') || holds(text, '${') || holds(text, ' or ') || holds(text, ') {'))
    findDefaults(text, found)
  // What follows has words with blanks between them.
  if (text.includes(' ')) {
    findStatements(text, found)
    if (/\b(?:insert|replace|upsert|update|select|delete|copy)\s/i.test(text)) findSqlValues(text, found)
    findQuotedBehindWords(text, found)
    findLogins(text, found)
    if (holds(text, 'form-data; name="')) findLoggedParts(text, found)
    if (holds(text, 'variable "')) findVariables(text, found)
    if (hasOption(text) || COMMANDS.some((mark) => holds(text, mark))) {
      findArguments(text, found)
      findLoginArguments(text, found)
    }
  } else if (holds(text, '--') && holds(text, '"--')) findArguments(text, found)
  findCredentials(text, found)
}

/** What Go prints of a structure: `{Host:db Password:x}`. */
const GO_STRUCT = /\{[A-Z]\w{0,60}:[^\s"{}]{0,200} [A-Z]\w{0,60}:/

/** Whether a dash stands where options have it. */
function hasOption(text: string): boolean {
  // A search for a blank or a quote with a dash after it would stop at each blank and quote.
  for (let at = text.indexOf('-', 1); at !== -1; at = text.indexOf('-', at + 1))
    if (BEFORE_OPTION.includes(text.charAt(at - 1))) return true
  return false
}

const BEFORE_OPTION = ` "'`
/** Commands that need no option. */
const COMMANDS: readonly string[] = [
  'setx ',
  'ENV ',
  ' set ',
  'vault login',
  'net use',
  'net.exe use',
  'sqlplus ',
  'impdp ',
  'expdp ',
  'sqlldr ',
]
