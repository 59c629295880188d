/** Takes a secret that stands in a text from `start` to `end`. */
export type Found = (label: string, start: number, end: number) => void
