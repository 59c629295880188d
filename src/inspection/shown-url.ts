import { maskSecrets } from '../redaction/masks.ts'

/** A URL as it may be printed: values with secret names are asterisks. */
export const shownUrl = (url: string): string => maskSecrets(url)
