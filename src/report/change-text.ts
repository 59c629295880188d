import type { Change } from '../inspection/content-changes.ts'

/** A difference in one line or several, for a page; text is latin-1 where the change's is, and not escaped. */
export function changeText(change: Change): string {
  switch (change.kind) {
    case 'value':
      return `${change.field}: ${shown(change.before)} -> ${shown(change.after)}`
    case 'header':
      return `${change.field}, ${change.change}: ${shown(change.before)} -> ${shown(change.after)}`
    case 'json':
      return `${change.field} ${change.path}: ${shown(change.before)} -> ${shown(change.after)}`
    case 'lines':
      return `${change.field}:\n${change.hunks.flatMap(({ lines }) => lines).join('\n')}`
    case 'bytes':
      return `${change.field}: ${change.isTooLarge ? `${TOO_LARGE}; ` : ''}first difference at byte ${change.offset} of ${change.before.length} and ${change.after.length}`
  }
}

/** Said of contents that were not taken apart. */
export const TOO_LARGE = 'too large to be compared otherwise than byte for byte'

const shown = (text: string | undefined): string => text ?? '(none)'
