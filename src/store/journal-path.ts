/** The file that holds the records while the cassette at `path` is recorded. */
export const journalPath = (path: string): string => `${path}.rec`
