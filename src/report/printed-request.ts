import { escapeText } from '../content/printable.ts'
import { shownUrl } from '../inspection/shown-url.ts'

/** A request line as a terminal may show it: escaped, with asterisks instead of values with secret names. */
export const printedRequest = (line: string): string => escapeText(shownUrl(line))
